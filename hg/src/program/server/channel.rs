// SPDX-License-Identifier: GPL-2.0-or-later

//! What is said between a client and Mercurial's server for commands (`mercurial/chgserver.py`).
//!
//! A client writes the name of a request and a newline; where it has data, its length in four
//! bytes, most significant first, and the data. The server writes blocks: a letter for what it
//! is, the length, and the data; with a capital letter it wants an answer.

use std::ffi::OsStr;
use std::io::{self, BufReader, IoSlice, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::AsFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

/// More than a server says at once.
const LONGEST: u32 = 64 << 20;

/// A block that the server has written.
pub(super) struct Block {
    /// What it is: `o` and `e` are output, `r` is a result, `S` a program that is to be run,
    /// `I` a wish for input.
    pub(super) kind: u8,
    pub(super) data: Vec<u8>,
}

/// A connection to a server.
pub(super) struct Channel {
    stream: UnixStream,
    reader: BufReader<UnixStream>,
    capabilities: Vec<u8>,
    /// The server's process for this connection.
    pub(super) pid: Option<i32>,
    /// The group of that.
    pub(super) group: Option<i32>,
}

impl Channel {
    /// Connects, and reads what the server says of itself.
    pub(super) fn connect(address: &Path) -> io::Result<Channel> {
        let stream = UnixStream::connect(address)?;
        let reader = BufReader::new(stream.try_clone()?);
        let mut channel = Channel {
            stream,
            reader,
            capabilities: Vec::new(),
            pid: None,
            group: None,
        };
        let hello = channel.read()?;
        if hello.kind != b'o' {
            return Err(io::Error::other("no greeting"));
        }
        for line in hello.data.split(|&byte| byte == b'\n') {
            let Some(colon) = memchr::memchr(b':', line) else {
                continue;
            };
            let value = line[colon + 1..].trim_ascii();
            let number = || std::str::from_utf8(value).ok()?.parse().ok();
            match &line[..colon] {
                b"capabilities" => channel.capabilities = value.to_vec(),
                b"pid" => channel.pid = number(),
                b"pgid" => channel.group = number(),
                _ => {}
            }
        }
        for needed in [
            "attachio",
            "chdir",
            "runcommand",
            "setenv",
            "setumask2",
            "validate",
        ] {
            if !channel.can(needed) {
                return Err(io::Error::other(format!("a server without {needed}")));
            }
        }
        Ok(channel)
    }

    fn can(&self, capability: &str) -> bool {
        self.capabilities
            .split(|&byte| byte == b' ')
            .any(|word| word == capability.as_bytes())
    }

    /// Reads the next block; of one that wants input only the length that it wants.
    pub(super) fn read(&mut self) -> io::Result<Block> {
        let mut head = [0; 5];
        self.reader.read_exact(&mut head)?;
        let [kind, a, b, c, d] = head;
        let len = u32::from_be_bytes([a, b, c, d]);
        let mut data = Vec::new();
        if matches!(kind, b'I' | b'L') {
            return Ok(Block { kind, data });
        }
        if len > LONGEST {
            return Err(io::Error::other("a block that is far too long"));
        }
        self.reader
            .by_ref()
            .take(len.into())
            .read_to_end(&mut data)?;
        if data.len() < len as usize {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Block { kind, data })
    }

    /// Reads the result of a request that prints nothing.
    pub(super) fn result(&mut self) -> io::Result<Vec<u8>> {
        let block = self.read()?;
        match block.kind {
            b'r' => Ok(block.data),
            kind => Err(io::Error::other(format!(
                "a block {} for a result",
                char::from(kind)
            ))),
        }
    }

    /// Writes a request without data.
    pub(super) fn request(&mut self, name: &str) -> io::Result<()> {
        self.stream.write_all(format!("{name}\n").as_bytes())
    }

    /// Writes a request with data.
    pub(super) fn request_with(&mut self, name: &str, data: &[u8]) -> io::Result<()> {
        let len = u32::try_from(data.len()).map_err(io::Error::other)?;
        let head = [name.as_bytes(), b"\n", &len.to_be_bytes()].concat();
        self.stream.write_all(&[&head, data].concat())
    }

    /// Writes a request with a list.
    pub(super) fn request_of<'w>(
        &mut self,
        name: &str,
        words: impl IntoIterator<Item = &'w OsStr>,
    ) -> io::Result<()> {
        let words: Vec<&[u8]> = words.into_iter().map(|word| word.as_bytes()).collect();
        self.request_with(name, &words.join(&0))
    }

    /// Writes bytes that are no request: an answer.
    pub(super) fn answer(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Has the server read and write what this process has as standard input, output and errors.
    pub(super) fn attach(&mut self) -> io::Result<()> {
        self.request("attachio")?;
        loop {
            let block = self.read()?;
            match block.kind {
                b'I' => break,
                // What was printed before.
                b'o' | b'e' => {}
                kind => return Err(io::Error::other(format!("a block {}", char::from(kind)))),
            }
        }
        let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
        let descriptors = [stdin.as_fd(), stdout.as_fd(), stderr.as_fd()];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !ancillary.push(SendAncillaryMessage::ScmRights(&descriptors)) {
            return Err(io::Error::other("no room for descriptors"));
        }
        sendmsg(
            &self.stream,
            &[IoSlice::new(b"\0")],
            &mut ancillary,
            SendFlags::empty(),
        )?;
        self.result().map(drop)
    }
}
