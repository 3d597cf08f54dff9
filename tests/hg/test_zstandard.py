# SPDX-License-Identifier: GPL-2.0-or-later
"""zstd for Mercurials that have none, beside a Mercurial with the C module (VERMILION_HG)."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
import zstdplay
from hgext3rd.vermilion import parts
from hgtools import HG, PYPY, environment, seeded
from mercurial import error, policy, util
from vermilion import _native

OTHER = Path(os.environ['VERMILION_HG'])
# Where Mercurial has its C module, the extension's takes its place if that is not looked for.
HIDDEN = 'system,none'


class Reference:
    """The C module, in a process of the other Mercurial."""

    def __init__(self):
        self.process = subprocess.Popen(
            [OTHER.with_name('python'), zstdplay.__file__],
            env=environment(os.devnull),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.constants = ast.literal_eval(self.process.stdout.readline())

    def play(self, *order):
        self.process.stdin.write(repr(order) + '\n')
        self.process.stdin.flush()
        return ast.literal_eval(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


@pytest.fixture(scope='module')
def reference():
    made = Reference()
    yield made
    made.close()


def ours(*order):
    return zstdplay.play(_native, *order)


def some_text(rng, length):
    """Bytes of one of several kinds: alike, of few words, of no order."""
    kind = rng.randrange(4)
    if kind == 0:
        return bytes(length)
    if kind == 1:
        return rng.getrandbits(8 * length).to_bytes(length, 'big') if length else b''
    words = [b'%d ' % rng.getrandbits(rng.choice((4, 20, 40))) for _ in range(200)]
    found = b''.join(rng.choices(words, k=length // 3 + 1))
    return found[:length]


def cut(rng, data, most):
    """The data in pieces."""
    pieces = []
    while data:
        length = rng.randrange(1, most)
        pieces.append(data[:length])
        data = data[length:]
    return pieces


LENGTHS = (0, 1, 49, 50, 1000, 131_071, 131_072, 131_075, 300_000, 1_200_000)


@pytest.mark.parametrize('length', LENGTHS)
def test_each_reads_what_the_other_wrote(reference, length):
    rng = seeded('frames', length)
    for level in (-3, 1, 3, 12 if length > 1000 else 22):
        texts = [some_text(rng, length) for _ in range(3)]
        options = {'level': level, 'threads': rng.choice((0, 0, 2))}
        written = {who: who('compress', options, *texts) for who in (ours, reference.play)}
        for who, other in ((ours, reference.play), (reference.play, ours)):
            for whole in (True, False):
                frames = [[f] if whole else cut(rng, f, 70_000) for f in written[who]]
                read = other('decompress', {}, *frames)
                assert [b''.join(pieces) for pieces in read] == texts


@pytest.mark.parametrize('seed', range(12))
def test_streams(reference, seed):
    rng = seeded('stream', seed)
    data = cut(rng, some_text(rng, 400_000), 120_000)
    steps = []
    for piece in data:
        steps += [piece, *['COMPRESSOBJ_FLUSH_BLOCK'] * (rng.random() < 0.3)]
    steps += [
        rng.choice((None, 'COMPRESSOBJ_FLUSH_FINISH')),
        None,
        b'more',
        'COMPRESSOBJ_FLUSH_BLOCK',
    ]
    options = {'level': rng.choice((1, 3, 5))}
    told = {who: who('stream', options, steps) for who in (ours, reference.play)}
    # past the end, both say the same
    assert told[ours][-3:] == told[reference.play][-3:]
    for who, other in ((ours, reference.play), (reference.play, ours)):
        pieces = told[who][:-3]
        read = other('decompress', {'max_window_size': 8 << 20}, [p for p in pieces if p])[0]
        assert b''.join(read) == b''.join(data)
    # what is flushed can be read by then
    stream = _native.ZstdDecompressor().decompressobj()
    fed = read = 0
    for step, piece in zip(steps, told[reference.play]):
        read += len(stream.decompress(piece)) if piece and type(piece) is bytes else 0
        if isinstance(step, bytes):
            fed += len(step) if step != b'more' else 0
        else:
            assert read == fed
            if step != 'COMPRESSOBJ_FLUSH_BLOCK':
                break


@pytest.mark.parametrize('seed', range(20))
def test_damage(reference, seed):
    """Frames that are cut short, go on, or are damaged give the same, or the same error."""
    rng = seeded('damage', seed)
    text = some_text(rng, rng.choice((30, 5000, 200_000)))
    (frame,) = reference.play('compress', {}, text)
    streamed = b''.join(reference.play('stream', {}, [text[:9000], 1, text[9000:], None]))
    frames = []
    for given in (frame, streamed):
        for _ in range(25):
            bad = bytearray(given)
            for _ in range(rng.randrange(3)):
                bad[rng.choice((rng.randrange(len(bad)), rng.randrange(min(12, len(bad)))))] ^= (
                    1 << rng.randrange(8)
                )
            if rng.random() < 0.3:
                del bad[rng.randrange(len(bad)) :]
            if rng.random() < 0.2:
                bad += rng.choice((b'', b'x', given))
            pieces = [bytes(bad)] if rng.random() < 0.5 else cut(rng, bytes(bad), 2000)
            frames.append([*pieces, *rng.choice(([], [b''], [b'x']))])
    found, expected = ours('decompress', {}, *frames), reference.play('decompress', {}, *frames)
    for pieces, one, other in zip(frames, found, expected):
        assert one == other, pieces


@pytest.mark.parametrize(
    'order',
    [
        ('compress', {'level': 23}),
        ('compress', {'level': '3'}),
        ('compress', {'level': 1 << 40}),
        ('compress', {'level': -(1 << 31)}, b'text'),
        ('compress', {'nonsense': 3}),
        ('compress', {}, 'text', None, 3, b''),
        ('stream', {}, ['no bytes', b'', None]),
        ('stream', {}, [b'text', 2, 7, -1, None]),
        ('decompress', {'max_window_size': 1}),
        ('decompress', {'max_window_size': 1 << 40}),
        ('decompress', {'max_window_size': 1 << 90}),
        ('decompress', {}, ['text'], [b''], [b'', b'(', b'\xb5'], [b'\0' * 20], [b'(']),
    ],
    ids=repr,
)
def test_wrong_use(reference, order):
    found, expected = ours(*order), reference.play(*order)
    if order[0] == 'decompress' or isinstance(expected, tuple):
        assert found == expected
    else:
        # one version of the library need not write what the other does
        assert [f if isinstance(f, tuple) else 0 for f in found] == [
            e if isinstance(e, tuple) else 0 for e in expected
        ]


def test_windows(reference):
    text = some_text(seeded('window'), 3 << 20)
    frame = b''.join(reference.play('stream', {'level': 9}, [text, None]))
    for size in (0, 1 << 10, 1 << 20, 8 << 20, 1 << 31):
        order = ('decompress', {'max_window_size': size}, cut(seeded(size), frame, 90_000))
        assert ours(*order) == reference.play(*order)


def test_names(reference):
    names = ('COMPRESSOBJ_FLUSH_FINISH', 'COMPRESSOBJ_FLUSH_BLOCK')
    names += ('COMPRESSION_RECOMMENDED_INPUT_SIZE', 'DECOMPRESSION_RECOMMENDED_INPUT_SIZE')
    from hgext3rd.vermilion import zstandard

    for name in names:
        assert getattr(zstandard, name) == reference.constants[name]
    assert issubclass(zstandard.ZstdError, Exception)
    with pytest.raises(AttributeError):
        zstandard.ZstdCompressionDict


def test_any_buffer():
    text = b'some text ' * 100
    compressor = _native.ZstdCompressor()
    for data in (text, bytearray(text), memoryview(text)[:], memoryview(bytearray(text))):
        frame = compressor.compress(data)
        stream = _native.ZstdDecompressor().decompressobj()
        assert stream.decompress(memoryview(frame)[:10]) == b''
        assert stream.decompress(bytearray(frame[10:])) == text


def test_streams_of_one_object_do_not_mix():
    rng = seeded('mix')
    texts = [some_text(rng, 50_000) for _ in range(5)]
    compressor, decompressor = _native.ZstdCompressor(), _native.ZstdDecompressor()
    writers = [compressor.compressobj() for _ in texts]
    frames = [b''] * len(texts)
    for start in range(0, 50_000, 1000):
        for n, text in enumerate(texts):
            frames[n] += writers[n].compress(text[start : start + 1000])
    frames = [frame + writer.flush() for frame, writer in zip(frames, writers)]
    readers = [decompressor.decompressobj() for _ in texts]
    pieces = [cut(rng, frame, 3000) for frame in frames]
    found = [b''] * len(texts)
    while any(pieces):
        for n, left in enumerate(pieces):
            if left:
                found[n] += readers[n].decompress(left.pop(0))
    assert found == texts


def test_threads():
    """Objects that make streams are anybody's; a stream is one thread's at a time."""
    text = some_text(seeded('threads'), 300_000) * 3
    compressor, decompressor = _native.ZstdCompressor(level=6), _native.ZstdDecompressor()
    shared, said, wrong = compressor.compressobj(), [], []

    def work():
        try:
            for _ in range(10):
                frame = compressor.compress(text)
                assert decompressor.decompressobj().decompress(frame) == text
                try:
                    shared.compress(text)
                except RuntimeError as exc:
                    said.append(str(exc))
        except BaseException as exc:
            wrong.append(exc)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert set(said) <= {'the object is used by another thread'}
    shared.flush()


# -- in commands ------------------------------------------------------------------


class Sides:
    """The two Mercurials: this one with the extension's zstd, and the other with the C module."""

    def __init__(self, hg):
        self.hg = hg
        hidden = None if PYPY else HIDDEN
        self.env = environment(hg.rc, hg.counts, **({'HGZSTDPOLICY': hidden} if hidden else {}))
        # Large files are written and read as well, where a line is compressed anew.
        self.other_env = environment(hg.folder / 'other.hgrc')
        text = hg.rc.read_text()
        (hg.folder / 'other.hgrc').write_text(text[: text.index('[extensions]')])

    def ours(self, *args, check=True, env=None, **more):
        command = [sys.executable, HG, *map(str, args)]
        return self._run(command, {**(env or self.env), **more}, check)

    def other(self, *args, check=True):
        return self._run([str(OTHER), *map(str, args)], self.other_env, check)

    def _run(self, command, env, check):
        if 'VERMILION_COUNTS' in env and self.hg.counts.exists():
            self.hg.counts.unlink()
        done = subprocess.run(command, env=env, cwd=self.hg.folder, capture_output=True)
        out, err = done.stdout.decode('latin-1'), done.stderr.decode('latin-1')
        assert not check or done.returncode == 0, (command, out, err)
        return out if check else (done.returncode, err)


@pytest.fixture
def sides(hg):
    return Sides(hg)


def requirements(repo):
    names = [repo / '.hg/requires', repo / '.hg/store/requires']
    return {line for name in names for line in name.read_text().split()}


def fill(commit, repo, seed):
    """Commits files of many lengths, compressible ones and others, and changes of them."""
    rng = seeded('fill', seed)
    for number in range(3):
        for length in (0, 30, 200, 5000, 1_500_000 if seed == 'ours' else 300_000):
            (repo / ('file%d' % length)).write_bytes(some_text(rng, length))
        text = ' '.join('word%d' % rng.randrange(50) for _ in range(300))
        commit('-R', repo, 'commit', '-A', '-q', '-m', 'changes %d: %s' % (number, text))


@pytest.mark.parametrize('writer', ['ours', 'other'])
def test_repositories(sides, writer):
    write = getattr(sides, writer)
    root = sides.hg.folder / 'repo'
    write('init', root)
    fill(write, root, writer)
    plain = sides.hg.folder / 'default'
    sides.other('init', plain)
    assert requirements(root) == requirements(plain)
    assert 'revlog-compression-zstd' in requirements(root)
    for command in (
        ('log', '-p', '-T', '{rev} {node} {desc}\n'),
        ('cat', '-r', '1', root / 'file5000'),
        ('manifest', '--debug'),
        ('debugformat', 'compression'),
        ('status', '--rev', '0'),
    ):
        found = sides.ours('-R', root, *command)
        assert found == sides.other('-R', root, *command)
        if command[0] == 'log':
            assert sides.hg.served()['zstandard']
    chunks = sides.other('-R', root, 'debugrevlog', '-c')
    assert '0x28  ' in chunks, chunks
    # Each goes on where the other stopped.
    for side in (sides.other, sides.ours):
        (root / 'file200').write_text('another line\n' * 50)
        (root / 'more').write_text(str(side))
        side('-R', root, 'commit', '-A', '-q', '-m', 'by another ' * 40)
        for check in (sides.ours, sides.other):
            check('-R', root, 'verify', '-q')


def test_clones_bundles_and_archives(sides):
    folder = sides.hg.folder
    root = folder / 'repo'
    sides.other('init', root)
    fill(sides.other, root, 'other')
    log = ('log', '-T', '{rev} {node}\n', '--debug')
    expected = sides.other('-R', root, *log)
    for name, options in {
        'copied': ['-U'],
        'pulled': ['-U', '--pull'],
        'streamed': ['-U', '--stream'],
    }.items():
        sides.ours('clone', '-q', *options, root, folder / name)
        assert sides.other('-R', folder / name, *log) == expected
        assert requirements(folder / name) == requirements(root)
        sides.other('-R', folder / name, 'verify', '-q')
    makers = {'ours': sides.ours, 'other': sides.other}
    hard = ['--config=experimental.bundlecomplevel.zstd=15']
    hard += ['--config=experimental.bundlecompthreads.zstd=2']
    for number, options in enumerate(([], hard)):
        for maker, make in makers.items():
            if options and maker == 'other':
                continue
            bundle = folder / ('%s%d' % (maker, number))
            make('-R', root, 'bundle', '-q', '-a', '-t', 'zstd-v2', bundle, *options)
            assert sides.ours('debugbundle', bundle) == sides.other('debugbundle', bundle)
            for reader, read in makers.items():
                into = folder / ('%s%d-%s' % (maker, number, reader))
                read('init', into)
                read('-R', into, 'unbundle', '-q', bundle)
                assert sides.other('-R', into, *log) == expected
    archives = []
    for side in (sides.ours, sides.other):
        side('-R', root, 'archive', '-q', '-r', 'tip', '-t', 'tar', folder / 'a.tar')
        archives.append((folder / 'a.tar').read_bytes())
        (folder / 'a.tar').unlink()
    assert archives[0] == archives[1]


class Served:
    """``hg serve`` of a repository, by one side."""

    def __init__(self, sides, side, root):
        command = [sys.executable, HG] if side == 'ours' else [str(OTHER)]
        env = sides.env if side == 'ours' else sides.other_env
        options = ['--config', 'web.push_ssl=no', '--config', 'web.allow_push=*']
        self.process = subprocess.Popen(
            [*command, '-R', str(root), 'serve', '-p', '0', '-a', '127.0.0.1', '--print-url']
            + options,
            env={**env, 'PYTHONUNBUFFERED': '1'},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self):
        return self.process.stdout.readline().strip()

    def __exit__(self, *_exc):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


@pytest.mark.parametrize('server', ['ours', 'other'])
def test_servers(sides, server):
    folder = sides.hg.folder
    root = folder / 'repo'
    sides.other('init', root)
    fill(sides.other, root, 'other')
    with Served(sides, server, root) as url:
        for name, client in {'a': sides.ours, 'b': sides.other}.items():
            client('clone', '-q', '-U', url, folder / name)
            assert name == 'b' or sides.hg.served()['zstandard']
            sides.other('-R', folder / name, 'verify', '-q')
            client('-R', folder / name, 'up', '-q')
            (folder / name / 'file200').write_text(name * 300)
            client('-R', folder / name, 'commit', '-q', '-m', 'pushed ' * 30)
            client('-R', folder / name, 'push', '-q', '-f', url)
            client('clone', '-q', '--stream', url, folder / (name + 's'))
    sides.other('-R', root, 'verify', '-q')
    assert sides.other('-R', root, 'log', '-T', 'x') == 'x' * 5


def test_upgrades(sides):
    root = sides.hg.folder / 'repo'
    sides.ours('init', root, '--config', 'format.revlog-compression=zlib')
    fill(sides.ours, root, 'other')
    log = ('-R', root, 'log', '-p', '-T', '{node}\n')
    before = sides.other(*log)
    said = sides.ours('-R', root, 'debugupgraderepo')
    assert said == sides.other('-R', root, 'debugupgraderepo') and 'compression' in said
    sides.ours('-R', root, 'debugupgraderepo', '--run', '--no-backup', '-q')
    assert 'revlog-compression-zstd' in requirements(root)
    assert sides.other(*log) == sides.ours(*log) == before
    sides.other('-R', root, 'verify', '-q')


def test_damaged_revlogs(sides):
    root = sides.hg.folder / 'repo'
    sides.other('init', root)
    fill(sides.other, root, 'other')
    data = root / '.hg/store/00manifest.d'
    data = data if data.exists() else root / '.hg/store/data/file5000.i'
    content = bytearray(data.read_bytes())
    at = content.index(b'\x28\xb5\x2f\xfd')
    content[at + 8] ^= 0xFF
    data.write_bytes(bytes(content))
    command = ('-R', root, 'verify')
    found, expected = (side(*command, check=False) for side in (sides.ours, sides.other))
    assert found[0] == expected[0] == 1
    assert sorted(found[1].splitlines()) == sorted(expected[1].splitlines())


def test_debuginstall(sides):
    said = sides.ours('debuginstall', check=False)[1] + sides.ours('debuginstall')
    lines = [line for line in said.splitlines() if 'compression engines' in line]
    assert len(lines) == 3 and all('zstd' in line for line in lines)


# -- where it is put --------------------------------------------------------------


def test_nothing_is_loaded_where_there_is_zstd(hg):
    if PYPY:
        pytest.skip('PyPy has none')
    root = hg.folder / 'repo'
    hg.run('init', root)
    (root / 'file').write_text('some line\n' * 100)
    hg.run('-R', root, 'commit', '-A', '-q', '-m', 'text ' * 100)
    hg.run('-R', root, 'log')
    (counts,) = hg.lines()
    assert not counts['served']['zstandard']
    assert 'hgext3rd.vermilion.zstandard' not in counts['modules']


def test_nothing_native_is_loaded_for_what_is_not_compressed(sides):
    root = sides.hg.folder / 'repo'
    sides.ours('init', root)
    sides.ours('-R', root, 'branch')
    (counts,) = sides.hg.lines()
    assert not counts['loaded'] and not counts['served']['zstandard']
    assert 'hgext3rd.vermilion.zstandard' in counts['modules']


def test_a_real_one_wins(sides):
    site = sides.hg.folder / 'site'
    site.mkdir()
    (site / 'zstandard.py').write_text("__version__ = '0.99'\nraise_it = 1\n")
    script = 'from mercurial import policy; print(policy.get_zstd().__file__)'
    root = sides.hg.folder / 'repo'
    sides.ours('init', root)
    found = sides.ours('-R', root, 'debugshell', '-c', 'exec(%r)' % script)
    assert os.path.basename(os.path.dirname(found)) == 'vermilion'
    found = sides.ours('-R', root, 'debugshell', '-c', 'exec(%r)' % script, PYTHONPATH=str(site))
    assert found.strip() == str(site / 'zstandard.py')


@pytest.mark.parametrize('off', ['--config=vermilion.zstandard=no', 'HGZSTDPOLICY'])
def test_turned_off(sides, off):
    root = sides.hg.folder / 'repo'
    sides.other('init', root)
    assert sides.ours('-R', root, 'root').strip() == str(root)
    args, env = ([], {off: 'none'}) if off.isupper() else ([off], {})
    code, said = sides.ours('-R', root, 'root', *args, check=False, **env)
    assert code == 255 and 'revlog-compression-zstd' in said
    new = sides.hg.folder / 'new'
    sides.ours('init', new, *args, **env)
    assert 'revlog-compression-zstd' not in requirements(new)


def test_a_package_that_does_not_load(sides):
    """What is not compressed is read without it; what is, is not read by anybody else."""
    broken = sides.hg.folder / 'broken/vermilion'
    broken.mkdir(parents=True)
    (broken / '__init__.py').write_text("raise ImportError('no host for it')\n")
    root = sides.hg.folder / 'repo'
    sides.other('init', root)
    fill(sides.other, root, 'other')
    path = {'PYTHONPATH': str(broken.parent)}
    assert sides.ours('-R', root, 'root', **path).strip() == str(root)
    code, said = sides.ours('-R', root, 'log', check=False, **path)
    assert code == 255
    assert 'abort: zstd is left to vermilion, which cannot be imported: no host for it\n' in said
    assert "see 'vermilion doctor', or install zstandard" in said


def test_a_process_that_has_asked_before(sides):
    """In a server, others may have found before that there is no zstd."""
    script = """
        import hgdemandimport
        from mercurial import extensions, util, ui as uimod
        from mercurial.upgrade_utils import actions
        from mercurial import wireprotoframing
        wireprotoframing.populatestreamencoders()
        assert not util.compengines[b'zstd'].available()
        assert actions.compressionengine.default == b'zlib'
        ui = uimod.ui.load()
        extensions.loadall(ui)
        engine = util.compengines[b'zstd']
        assert engine.available()
        assert actions.compressionengine.default == b'zstd'
        wireprotoframing.populatestreamencoders()
        assert wireprotoframing.STREAM_ENCODERS_ORDER[0] == b'zstd-8mb'
        coder, decoder = (k(ui, *a) for k, a in zip(
            wireprotoframing.STREAM_ENCODERS[b'zstd-8mb'], ([], [[]])
        ))
        frame = coder.encode(b'text' * 100) + coder.flush() + coder.finish()
        assert decoder.decode(frame) == b'text' * 100
    """
    subprocess.run([sys.executable, '-c', textwrap.dedent(script)], env=sides.env, check=True)


def test_doctor(monkeypatch):
    monkeypatch.setattr(policy, 'zstd_policy', [b'system', b'none'])
    monkeypatch.setattr(policy, 'get_zstd', lambda: None)

    def problem():
        # as it would be if it were enabled
        monkeypatch.setattr('hgext3rd.vermilion.PARTS', {'zstandard': ''})
        from mercurial import ui as uimod

        ui = uimod.ui.load()
        ui.setconfig(b'extensions', b'vermilion', b'')
        return parts(ui)[0][2]

    assert problem() is None
    monkeypatch.setattr(policy, 'get_zstd', lambda: zstdplay)
    assert problem() == 'not needed: Mercurial has zstd'
    monkeypatch.setattr(policy, 'zstd_policy', [b'none', b'system'])
    assert problem() == 'turned off by HGZSTDPOLICY in the environment'


def test_engine_errors():
    """Mercurial's own code around the objects meets the error that it is prepared for."""
    from hgext3rd.vermilion import zstandard

    engine = type(util.compengines[b'zstd'])()
    engine.__dict__['_module'] = zstandard
    revlogs = engine.revlogcompressor({b'zstd.level': 5})
    for length in (10, 60, 5000, 1_100_000):
        text = b'some text, ' * (length // 11 + 1)
        stored = revlogs.compress(text)
        assert (stored is None) == (len(text) < 50)
        if stored:
            assert revlogs.decompress(stored) == revlogs.decompress(memoryview(stored)) == text
    with pytest.raises(error.StorageError, match='revlog decompress error'):
        revlogs.decompress(b'(no frame')
    packed = b''.join(engine.compressstream(iter([b'a' * 70_000, b'', b'b' * 9]), {b'threads': 4}))
    import io

    reader = engine.decompressorreader(io.BytesIO(packed + b'rest'))
    assert reader.read(70_005) == b'a' * 70_000 + b'b' * 5
    assert reader.read(100) == b'bbbb'
    assert reader.read(100) == b''
