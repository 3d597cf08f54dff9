// SPDX-License-Identifier: GPL-2.0-or-later

//! The commands of `vermilion` that are no commands of hg's.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};

use super::{completion, doctor, questions, shim, tree_status};

/// The command line of `vermilion`.
#[derive(Parser)]
#[command(name = "vermilion", version, about = "Mercurial without waiting for Python.", long_about = None)]
pub(super) struct Own {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Does what `hg ARGS...` does, natively where that can be (--explain says how)
    #[command(disable_help_flag = true)]
    Hg {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Puts a link DIR/hg to this program, for editors, prompts and scripts that call hg
    Shim { dir: PathBuf },
    /// Says which hg is asked for what is not answered here, and what is accelerated in it
    Doctor,
    /// Prints the completion of this command line and of hg's for a shell
    Completions { shell: Shell },
    /// Prints the manual page
    Man,
    /// Lists the ancestors of revisions, highest first
    Ancestors(questions::Ancestors),
    /// Lists the heads of the history or of some revisions
    Heads(questions::Heads),
    /// Lists what some revisions have that others lack
    Only(questions::Only),
    /// Lists the files that are not as in the first parent
    Status(tree_status::TreeStatus),
}

#[derive(Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Fish,
    Zsh,
}

impl Own {
    /// Runs the command; returns the exit status.
    pub(super) fn run(self) -> io::Result<u8> {
        match self.command {
            Command::Hg { .. } => unreachable!("seen to before"),
            Command::Shim { dir } => shim::make(&dir, &env::current_exe()?).map(|()| 0),
            Command::Doctor => doctor::report(),
            Command::Completions { shell } => {
                let shell = match shell {
                    Shell::Bash => clap_complete::Shell::Bash,
                    Shell::Fish => clap_complete::Shell::Fish,
                    Shell::Zsh => clap_complete::Shell::Zsh,
                };
                completion::print(shell, &mut Own::command(), &env::current_exe()?).map(|()| 0)
            }
            Command::Man => {
                clap_mangen::Man::new(Own::command()).render(&mut io::stdout())?;
                Ok(0)
            }
            Command::Ancestors(question) => question.answer(),
            Command::Heads(question) => question.answer(),
            Command::Only(question) => question.answer(),
            Command::Status(status) => status.print(),
        }
    }
}
