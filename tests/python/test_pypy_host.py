"""Vermilion's own HPy host for PyPy: threads, the ends of objects, leaks.

What every host has to do is in test_hosts.py and in HPy's own tests (make conformance).
"""

from __future__ import annotations

import copy
import gc
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
import weakref

import pytest
import vermilion
import vermilion.hpy

if sys.implementation.name != "pypy" or vermilion.runtime().host != "own":
    pytest.skip("only for Vermilion's own host for PyPy", allow_module_level=True)

from vermilion.hpy import _pypy
from vermilion.hpy._pypy import abi, gil

MANY = 100_000

SOURCE = r"""
#include "hpy.h"
#include <unistd.h>

/* -- one thread at a time ------------------------------------------------------- */

static volatile int inside;
static volatile long overlaps, entries;

static void alone(void)
{
    if (inside)
        overlaps++;
    inside = 1;
    for (volatile int i = 0; i < 200; i++)
        ;
    entries++;
    inside = 0;
}

HPyDef_METH(enter, "enter", HPyFunc_NOARGS)
static HPy enter_impl(HPyContext *ctx, HPy self)
{
    alone();
    HPy number = HPyLong_FromLong(ctx, entries);
    alone();
    return number;
}

HPyDef_METH(call, "call", HPyFunc_O)
static HPy call_impl(HPyContext *ctx, HPy self, HPy function)
{
    alone();
    HPy result = HPy_CallTupleDict(ctx, function, HPy_NULL, HPy_NULL);
    alone();
    return result;
}

HPyDef_METH(rest, "rest", HPyFunc_O)
static HPy rest_impl(HPyContext *ctx, HPy self, HPy micros)
{
    long time = HPyLong_AsLong(ctx, micros);
    alone();
    HPyThreadState state = HPy_LeavePythonExecution(ctx);
    usleep((useconds_t)time);
    HPy_ReenterPythonExecution(ctx, state);
    alone();
    return HPy_Dup(ctx, ctx->h_None);
}

/* Fails, and runs Python code with the error pending. */
HPyDef_METH(fail, "fail", HPyFunc_O)
static HPy fail_impl(HPyContext *ctx, HPy self, HPy value)
{
    alone();
    HPyErr_SetObject(ctx, ctx->h_KeyError, value);
    HPyThreadState state = HPy_LeavePythonExecution(ctx);
    usleep(1);
    HPy_ReenterPythonExecution(ctx, state);
    alone();
    return HPy_NULL;
}

HPyDef_METH(counts, "counts", HPyFunc_NOARGS)
static HPy counts_impl(HPyContext *ctx, HPy self)
{
    HPy items[] = {HPyLong_FromLong(ctx, overlaps), HPyLong_FromLong(ctx, entries)};
    HPy result = HPyTuple_FromArray(ctx, items, 2);
    HPy_Close(ctx, items[0]);
    HPy_Close(ctx, items[1]);
    return result;
}

HPyDef_METH(wrong, "wrong", HPyFunc_O)
static HPy wrong_impl(HPyContext *ctx, HPy self, HPy both)
{
    if (!HPy_IsTrue(ctx, both))
        return HPy_NULL; /* failure without an error */
    HPyErr_SetString(ctx, ctx->h_ValueError, "the cause");
    return HPy_Dup(ctx, both); /* success with one */
}

/* -- a type, and a type derived from it ------------------------------------------ */

typedef struct { long tag; HPyField link; } Base;
typedef struct { Base base; long more; } Derived;
HPyType_HELPERS(Base)

static long bases, deriveds, wrongs, finalized;

HPyDef_SLOT(Base_destroy, HPy_tp_destroy)
static void Base_destroy_impl(void *self)
{
    bases++;
    alone();
    if (((Base *)self)->tag == -1)
        wrongs++;
    ((Base *)self)->tag = -1;
}

HPyDef_SLOT(Base_traverse, HPy_tp_traverse)
static int Base_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Base *)self)->link);
    return 0;
}

HPyDef_METH(Base_set, "set", HPyFunc_O)
static HPy Base_set_impl(HPyContext *ctx, HPy self, HPy value)
{
    Base *data = Base_AsStruct(ctx, self);
    if (data->tag == -1)
        wrongs++;
    HPyField_Store(ctx, self, &data->link, value);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(Base_get, "get", HPyFunc_NOARGS)
static HPy Base_get_impl(HPyContext *ctx, HPy self)
{
    Base *data = Base_AsStruct(ctx, self);
    if (data->tag == -1)
        wrongs++;
    if (HPyField_IsNull(data->link))
        return HPy_Dup(ctx, ctx->h_None);
    return HPyField_Load(ctx, self, data->link);
}

HPyDef_METH(Base_hash, "address", HPyFunc_NOARGS)
static HPy Base_hash_impl(HPyContext *ctx, HPy self)
{
    return HPyLong_FromSsize_t(ctx, (HPy_ssize_t)Base_AsStruct(ctx, self));
}

HPyDef_MEMBER(Base_tag, "tag", HPyMember_LONG, offsetof(Base, tag))

static HPyDef *base_defines[] = {
    &Base_destroy, &Base_traverse, &Base_set, &Base_get, &Base_hash, &Base_tag, NULL};
static HPyType_Spec base_spec = {
    .name = "pypyhost.Base",
    .basicsize = sizeof(Base),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
    .builtin_shape = SHAPE(Base),
    .defines = base_defines,
    .doc = "Base(tag=0)\n--\n\nA type.",
};

HPyDef_SLOT(Derived_destroy, HPy_tp_destroy)
static void Derived_destroy_impl(void *self)
{
    deriveds++;
    if (((Derived *)self)->base.tag == -1)
        wrongs++; /* the base type's was first */
}

HPyDef_SLOT(Derived_finalize, HPy_tp_finalize)
static void Derived_finalize_impl(HPyContext *ctx, HPy self)
{
    finalized++;
    alone();
    if (Base_AsStruct(ctx, self)->tag == -1)
        wrongs++;
    HPy type = HPy_Type(ctx, self);
    HPy_Close(ctx, type);
}

HPyDef_MEMBER(Derived_more, "more", HPyMember_LONG, offsetof(Derived, more))

static HPyDef *derived_defines[] = {
    &Derived_destroy, &Derived_finalize, &Derived_more, &Base_traverse, NULL};
static HPyType_Spec derived_spec = {
    .name = "pypyhost.Derived",
    .basicsize = sizeof(Derived),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
    .builtin_shape = SHAPE(Base),
    .defines = derived_defines,
};

static HPyType_Spec sealed_spec = {
    .name = "pypyhost.Sealed",
    .basicsize = sizeof(long),
    .flags = HPy_TPFLAGS_DEFAULT,
};

HPyDef_METH(ends, "ends", HPyFunc_NOARGS)
static HPy ends_impl(HPyContext *ctx, HPy self)
{
    long numbers[] = {bases, deriveds, finalized, wrongs};
    HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, 4);
    for (int i = 0; i < 4; i++) {
        HPy number = HPyLong_FromLong(ctx, numbers[i]);
        HPyTupleBuilder_Set(ctx, builder, i, number);
        HPy_Close(ctx, number);
    }
    return HPyTupleBuilder_Build(ctx, builder);
}

/* -- strings ------------------------------------------------------------------------ */

/* Keeps pointers without keeping handles. */
static const char *kept[1000];
static long kept_count;

HPyDef_METH(keep, "keep", HPyFunc_O)
static HPy keep_impl(HPyContext *ctx, HPy self, HPy string)
{
    HPy own = HPy_Dup(ctx, string);
    kept[kept_count++] = HPyBytes_Check(ctx, own) ? HPyBytes_AsString(ctx, own)
                                                  : HPyUnicode_AsUTF8AndSize(ctx, own, NULL);
    HPy_Close(ctx, own);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(kept_strings, "kept", HPyFunc_NOARGS)
static HPy kept_strings_impl(HPyContext *ctx, HPy self)
{
    HPyListBuilder builder = HPyListBuilder_New(ctx, kept_count);
    for (long i = 0; i < kept_count; i++) {
        HPy string = HPyBytes_FromString(ctx, kept[i]);
        HPyListBuilder_Set(ctx, builder, i, string);
        HPy_Close(ctx, string);
    }
    kept_count = 0;
    return HPyListBuilder_Build(ctx, builder);
}

HPyDef_METH(pass, "pass_on", HPyFunc_KEYWORDS, .doc = "pass_on(*args, **kwargs)\n--\n\nAll.")
static HPy pass_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy names)
{
    HPy all = HPyTuple_FromArray(ctx, (HPy *)args, (HPy_ssize_t)nargs);
    HPy items[] = {all, HPy_IsNull(names) ? ctx->h_None : names};
    HPy result = HPyTuple_FromArray(ctx, items, 2);
    HPy_Close(ctx, all);
    return result;
}

/* -- a buffer of 2 x 3 numbers, which gives out one export at a time ------------- */

typedef struct { int exports; unsigned short numbers[6]; } Grid;
HPyType_HELPERS(Grid)
static long released;
static HPy_ssize_t grid_shape[] = {2, 3}, grid_strides[] = {6, 2};

HPyDef_SLOT(Grid_getbuffer, HPy_bf_getbuffer)
static int Grid_getbuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *buffer, int flags)
{
    Grid *grid = Grid_AsStruct(ctx, self);
    if (grid->exports) {
        HPyErr_SetString(ctx, ctx->h_BufferError, "exported already");
        return -1;
    }
    grid->exports++;
    *buffer = (HPy_buffer){
        .buf = grid->numbers, .len = 12, .itemsize = 2, .ndim = 2, .format = "H",
        .shape = grid_shape, .strides = grid_strides, .obj = HPy_Dup(ctx, self)};
    return 0;
}

HPyDef_SLOT(Grid_releasebuffer, HPy_bf_releasebuffer)
static void Grid_releasebuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *buffer)
{
    Grid_AsStruct(ctx, self)->exports--;
    released++;
}

HPyDef_METH(Grid_sum, "sum", HPyFunc_NOARGS)
static HPy Grid_sum_impl(HPyContext *ctx, HPy self)
{
    long sum = 0;
    for (int i = 0; i < 6; i++)
        sum += Grid_AsStruct(ctx, self)->numbers[i];
    return HPyLong_FromLong(ctx, sum);
}

HPyDef_METH(grids_released, "released", HPyFunc_NOARGS)
static HPy grids_released_impl(HPyContext *ctx, HPy self)
{
    return HPyLong_FromLong(ctx, released);
}

static HPyDef *grid_defines[] = {&Grid_getbuffer, &Grid_releasebuffer, &Grid_sum, NULL};
static HPyType_Spec grid_spec = {
    .name = "pypyhost.Grid",
    .basicsize = sizeof(Grid),
    .flags = HPy_TPFLAGS_DEFAULT,
    .builtin_shape = SHAPE(Grid),
    .defines = grid_defines,
};

HPyDef_METH(give_warning, "warn", HPyFunc_NOARGS)
static HPy give_warning_impl(HPyContext *ctx, HPy self)
{
    if (HPyErr_WarnEx(ctx, ctx->h_UserWarning, "look out", 1) < 0)
        return HPy_NULL;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(globals, "replace", HPyFunc_O)
static HPyGlobal one_global;
static HPy globals_impl(HPyContext *ctx, HPy self, HPy value)
{
    HPyGlobal_Store(ctx, &one_global, value);
    return HPyGlobal_Load(ctx, one_global);
}

HPyDef_SLOT(execute, HPy_mod_exec)
static int execute_impl(HPyContext *ctx, HPy module)
{
    HPy base = HPyType_FromSpec(ctx, &base_spec, NULL);
    if (HPy_IsNull(base))
        return -1;
    HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, base}, {0}};
    HPy derived = HPyType_FromSpec(ctx, &derived_spec, params);
    HPy sealed = HPyType_FromSpec(ctx, &sealed_spec, NULL);
    if (HPy_IsNull(derived) || HPy_IsNull(sealed))
        return -1;
    if (HPy_SetAttr_s(ctx, module, "Base", base) < 0 ||
        HPy_SetAttr_s(ctx, module, "Derived", derived) < 0 ||
        HPy_SetAttr_s(ctx, module, "Sealed", sealed) < 0)
        return -1;
    HPy grid = HPyType_FromSpec(ctx, &grid_spec, NULL);
    if (HPy_IsNull(grid) || HPy_SetAttr_s(ctx, module, "Grid", grid) < 0)
        return -1;
    HPy_Close(ctx, grid);
    HPy_Close(ctx, base);
    HPy_Close(ctx, derived);
    HPy_Close(ctx, sealed);
    return 0;
}

static HPyDef *defines[] = {&enter, &call, &rest, &fail, &counts, &wrong, &ends, &keep,
                            &kept_strings, &pass, &globals, &give_warning,
                            &grids_released, &execute, NULL};
static HPyGlobal *module_globals[] = {&one_global, NULL};
static HPyModuleDef definition = {.defines = defines, .globals = module_globals};
HPy_MODINIT(pypyhost, definition)
"""


@pytest.fixture(scope="module")
def native(tmp_path_factory):
    include = os.environ.get("VERMILION_HPY_INCLUDE")
    if not include:
        pytest.fail("VERMILION_HPY_INCLUDE must name the folder of hpy.h")
    folder = tmp_path_factory.mktemp("pypyhost")
    source, path = folder / "pypyhost.c", folder / "pypyhost.hpy0.so"
    source.write_text(SOURCE)
    command = [*shlex.split(os.environ.get("CC", "cc")), "-shared", "-fPIC", "-O1"]
    command += ["-DHPY", "-DHPY_ABI_UNIVERSAL", "-I" + include, str(source), "-o", str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout.decode("utf-8", "replace")
    return vermilion.hpy.load("pypyhost", path)


@pytest.fixture(autouse=True)
def balanced():
    """No test leaves a handle open, an error pending or the token taken."""
    before = _pypy.open_handles()
    yield
    collect()
    assert _pypy.open_handles() <= before
    assert gil.error == [None] and gil._free == [1] and not gil._waiters


def collect():
    # An object's end is told after the collection that finds it; its members' after the next.
    for _ in range(4):
        gc.collect()


def in_threads(function, count=4):
    """Runs function(number) in threads, and raises what one of them raises."""
    errors = []

    def run(number):
        try:
            function(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "the threads wait for each other"
    if errors:
        raise errors[0]


# Threads


def test_the_context_has_the_size_it_has_in_c():
    assert abi.cffi.sizeof(abi.context) == abi.CONTEXT_SIZE


def test_one_thread_at_a_time(native):
    overlaps, entries = native.counts()
    deadline = time.monotonic() + 2
    done = [0] * 4

    def work(number):
        while time.monotonic() < deadline:
            for _ in range(50):
                assert native.enter() > 0
                assert native.call(lambda: number) == number
                assert native.call(lambda: native.call(native.enter)) > 0
                with pytest.raises(KeyError, match="^%d$" % number):
                    native.fail(number)
            native.rest(10)
            done[number] += 1

    in_threads(work)
    now_overlaps, now_entries = native.counts()
    assert now_overlaps == overlaps
    assert now_entries > entries + sum(done) * 50 * 8
    assert min(done) > 0, done  # nobody starves


def test_threads_run_while_native_code_rests(native):
    start = time.monotonic()
    in_threads(lambda number: native.rest(300_000))
    assert time.monotonic() - start < 0.9


def test_threads_make_and_drop_objects(native):
    def work(number):
        class Own(native.Derived):
            pass

        for index in range(3000):
            obj = (native.Base, native.Derived, Own)[index % 3]()
            obj.tag = index
            obj.set(obj if index % 2 else [obj])
            assert obj.tag == index
            native.enter()

    overlaps, wrongs = native.counts()[0], native.ends()[3]
    in_threads(work)
    collect()
    assert (native.counts()[0], native.ends()[3]) == (overlaps, wrongs)


def test_finalizers_in_the_middle_of_native_code(native):
    """Python finalizers that call native code run anywhere, even in context functions."""
    overlaps = native.counts()[0]
    calls = []

    class Restless:
        def __del__(self):
            calls.append(native.enter())
            calls.append(native.call(lambda: 1))

    def work(number):
        for index in range(200):
            for _ in range(20):
                cycle = Restless()
                cycle.self = cycle
            native.call(lambda: [native.enter() for _ in range(10)])
            if number == 0 and index % 10 == 0:
                native.call(gc.collect)

    in_threads(work, 2)
    collect()
    assert len(calls) == 2 * 2 * 200 * 20
    # A finalizer may interrupt a context function: that is one call within another.
    assert native.counts()[0] == overlaps


def test_errors_are_of_one_thread(native):
    """What one thread has pending while it is away is not seen by another one."""
    deadline = time.monotonic() + 1

    def work(number):
        while time.monotonic() < deadline:
            if number % 2:
                with pytest.raises(KeyError, match=str(number)):
                    native.fail(number)
            else:
                native.enter()

    in_threads(work)


def test_signal_handlers_that_raise(native):
    """What they raise comes out where Python runs, never out of a context function."""

    class Alarm(Exception):
        pass

    def handler(*_):
        native.enter()
        raise Alarm

    overlaps, stop, rounds, caught = native.counts()[0], threading.Event(), [0], 0

    def work():
        while not stop.is_set():
            native.call(native.enter)
            rounds[0] += 1

    thread = threading.Thread(target=work)
    old = signal.signal(signal.SIGALRM, handler)
    thread.start()
    try:
        for _ in range(300):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.002)
                while True:
                    obj = native.Base()
                    native.call(lambda: obj.set(native.enter()))
            except Alarm:
                caught += 1
        before = rounds[0]
        time.sleep(0.2)
        assert rounds[0] > before, "the other thread waits for a token that is lost"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
        stop.set()
        thread.join(60)
    assert not thread.is_alive()
    assert caught == 300 and native.counts()[0] == overlaps


def test_after_fork(native):
    stop = threading.Event()

    def work():
        while not stop.is_set():
            native.enter()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(20):
            child = os.fork()
            if child == 0:
                try:
                    native.call(native.enter)
                finally:
                    os._exit(0)
            deadline = time.monotonic() + 20
            while os.waitpid(child, os.WNOHANG) == (0, 0):
                assert time.monotonic() < deadline, "the child waits for a thread it has not"
                time.sleep(0.001)
    finally:
        stop.set()
        thread.join()


# The ends of objects


def ends_of(native, make, count=50):
    """How many calls of destroy (base, derived) and finalize objects bring, one for each."""
    before = native.ends()
    for _ in range(count):
        make()
    collect()
    after = native.ends()
    assert after[3] == before[3], "a struct was used after its end, or ended twice"
    assert all((new - old) % count == 0 for old, new in zip(before, after))
    return tuple((new - old) // count for old, new in zip(before[:3], after))


def test_destroyed_once(native):
    class OfBase(native.Base):
        pass

    class OfDerived(native.Derived):
        __slots__ = ("x",)

    assert ends_of(native, native.Base) == (1, 0, 0)
    assert ends_of(native, OfBase) == (1, 0, 0)
    assert ends_of(native, native.Derived) == (1, 1, 1)
    assert ends_of(native, OfDerived) == (1, 1, 1)


def test_destroyed_once_in_cycles(native):
    class Own(native.Derived):
        pass

    def make():
        one, two = Own(), native.Derived()
        one.set(two)
        two.set([one])
        one.attribute = one

    assert ends_of(native, make) == (2, 2, 2)


def test_not_destroyed_while_it_can_be_reached(native):
    kept = []

    class Own(native.Derived):
        def __del__(self):
            super().__del__()
            kept.append(self)

    before = native.ends()
    made = Own()
    made.tag = 7
    made.set(made)
    reference = weakref.ref(made)
    del made
    collect()
    assert native.ends()[:3] == (before[0], before[1], before[2] + 1)
    assert kept[0].tag == 7 and kept[0].get() is kept[0]
    assert reference() is None or reference() is kept[0]
    del kept[:]
    collect()
    # Finalized once in its life, destroyed now.
    assert native.ends() == (before[0] + 1, before[1] + 1, before[2] + 1, before[3])


def test_weak_references_do_not_see_what_is_destroyed(native):
    class Own(native.Base):
        pass

    wrongs = native.ends()[3]
    references = []
    for index in range(2000):
        one, two = Own(), Own()
        one.set(two)
        two.set(one)
        one.tag = two.tag = 5
        references.append(weakref.ref(one))
        if index % 100 == 0:
            gc.collect()
            for reference in references:
                obj = reference()
                if obj is not None:
                    assert obj.get().get() is obj and obj.tag == 5
    assert native.ends()[3] == wrongs


def test_structs_stay_where_they_are(native):
    objects = [native.Base() for _ in range(2000)]
    addresses = [obj.address() for obj in objects]
    collect()
    assert [obj.address() for obj in objects] == addresses
    assert all(address % 16 == 0 for address in addresses)
    assert len(set(addresses)) == len(addresses)


def test_objects_that_no_constructor_made(native):
    obj = native.Base.__new__(native.Base)
    assert obj.tag == 0 and obj.get() is None
    for make in (object.__new__, copy.copy):
        try:
            made = make(native.Base if make is object.__new__ else obj)
        except TypeError:
            continue
        assert made.tag == 0 and made.address() != obj.address()


def test_no_other_struct_behind_an_object(native):
    class Of1(native.Base):
        pass

    class Of2(native.Derived):
        pass

    class OfSealed:
        pass

    for obj, cls in [
        (native.Base(), native.Derived),
        (native.Derived(), native.Base),
        (native.Base(), native.Sealed),
        (native.Sealed(), native.Base),
        (Of1(), Of2),
        (Of2(), Of1),
        (Of1(), OfSealed),
        (OfSealed(), Of1),
        (Of1(), native.Base),
    ]:
        with pytest.raises(TypeError):
            obj.__class__ = cls
    with pytest.raises(TypeError):
        native.Base.set(native.Sealed(), 1)
    with pytest.raises(TypeError):
        native.Derived.more.__get__(native.Base())
    assert native.Base.tag.__get__(Of2()) == 0

    class Liar:
        __class__ = native.Base

    with pytest.raises(TypeError):
        native.Base.get(Liar())


def test_sealed_types(native):
    with pytest.raises(TypeError, match="not an acceptable base type"):

        class Sub(native.Sealed):
            pass

    with pytest.raises(TypeError, match="not an acceptable base type"):
        type("Sub", (native.Sealed,), {})


# Leaks


def raising():
    raise ZeroDivisionError("here")


def caught(error, function, *arguments):
    with pytest.raises(error):
        function(*arguments)


BODIES = {
    "calls": lambda native: native.pass_on(1, 2, 3, 4, 5, a=6, b=7),
    "calls of Python": lambda native: native.call(int),
    "objects": lambda native: native.Base().set([1]),
    "derived objects": lambda native: native.Derived().set(None),
    "errors of Python": lambda native: caught(ZeroDivisionError, native.call, raising),
    "errors of native code": lambda native: caught(KeyError, native.fail, "x"),
    "wrong arguments": lambda native: caught(TypeError, native.enter, 1),
    "wrong receivers": lambda native: caught(TypeError, native.Base.get, 1),
    "failure without an error": lambda native: caught(SystemError, native.wrong, False),
    "success with an error": lambda native: caught(SystemError, native.wrong, True),
    "globals": lambda native: native.replace([1]),
}


@pytest.mark.parametrize("kind", BODIES)
def test_no_handle_leaks(native, kind):
    body = BODIES[kind]
    count = MANY if "s of" not in kind and "error" not in kind else MANY // 10
    body(native)
    before, table = _pypy.open_handles(), None
    for index in range(count):
        body(native)
        if index == 1000:
            table = len(_pypy.handles.objects)
    assert _pypy.open_handles() == before
    assert len(_pypy.handles.objects) == table


def test_replaced_globals_are_released(native):
    class Plain:
        pass

    value = Plain()
    reference = weakref.ref(value)
    native.replace(value)
    del value
    assert native.replace(3) == 3
    collect()
    assert reference() is None


def test_fields_let_go(native):
    class Plain:
        pass

    obj, value = native.Base(), Plain()
    reference = weakref.ref(value)
    obj.set(value)
    del value
    collect()
    assert obj.get() is reference()
    obj.set(None)
    collect()
    assert reference() is None


def test_pointers_into_strings_live_as_long_as_the_strings(native):
    strings = []
    for index in range(100):
        strings += [
            "ascii %d" % index,
            "umlaut ä %d" % index,
            b"bytes %d" % index,
            "x" * (index * 1000) + "y",
        ]
    for string in strings:
        native.keep(string)
    garbage = [str(number) * 50 for number in range(50_000)]
    collect()
    expected = [string if isinstance(string, bytes) else string.encode() for string in strings]
    assert native.kept() == expected
    del garbage


def test_buffers(native):
    grid, released = native.Grid(), native.released()
    view = memoryview(grid)
    assert (view.shape, view.format, view.readonly) == ((2, 3), "H", False)
    view[1, 2] = 500
    view[0, 0] = 5
    assert grid.sum() == 505 and view.tolist() == [[5, 0, 0], [0, 0, 500]]
    with pytest.raises(BufferError):
        memoryview(grid)
    part = view.cast("B")
    del view
    collect()
    assert native.released() == released and bytes(part)[:2] == b"\x05\0"
    with pytest.raises(BufferError):
        memoryview(grid)
    del grid
    collect()
    assert bytes(part)[:2] == b"\x05\0"  # the object lives as long as its memory is seen
    del part
    collect()
    assert native.released() == released + 1


# Errors, and what functions look like


def test_errors_keep_their_tracebacks(native):
    with pytest.raises(ZeroDivisionError) as caught:
        native.call(raising)
    assert "raising" in [entry.name for entry in caught.traceback]


def test_frames_of_the_host_are_not_seen(native):
    assert native.call(lambda: sys._getframe(1).f_code.co_name) == (
        "test_frames_of_the_host_are_not_seen"
    )
    with pytest.raises(ZeroDivisionError) as caught:
        native.call(raising)
    assert not [entry for entry in caught.traceback if str(entry.path) != __file__]
    with pytest.warns(UserWarning, match="look out") as warned:
        native.warn()
    assert warned[0].filename == __file__


def test_endless_recursion(native):
    def again():
        return native.call(again)

    with pytest.raises(RecursionError):
        again()
    assert native.enter() > 0


def test_wrong_results(native):
    with pytest.raises(SystemError, match="without setting an exception"):
        native.wrong(False)
    with pytest.raises(SystemError, match="with an exception set") as caught:
        native.wrong(True)
    assert isinstance(caught.value.__cause__, ValueError)


def test_functions_look_like_built_in_ones(native):
    class Holder:
        enter = native.enter

    assert Holder().enter() > 0  # it does not bind
    assert repr(native.enter) == "<built-in function enter>"
    assert (native.enter.__name__, native.enter.__module__) == ("enter", "pypyhost")
    assert native.pass_on.__doc__ == "All."
    assert native.pass_on.__text_signature__ == "(*args, **kwargs)"
    assert native.Base.__doc__ == "A type."
    assert native.pass_on(1, a=2) == ((1,), ("a",))
    for call, message in [
        (lambda: native.enter(1), r"pypyhost.enter\(\) takes no arguments \(1 given\)"),
        (lambda: native.call(), r"pypyhost.call\(\) takes exactly one argument \(0 given\)"),
        (lambda: native.call(x=1), r"pypyhost.call\(\) takes no keyword arguments"),
        (lambda: native.Base().get(1), r"Base.get\(\) takes no arguments \(1 given\)"),
        (lambda: native.Base.get(1), "doesn't apply to a 'int' object"),
    ]:
        with pytest.raises(TypeError, match=message):
            call()


def test_finalizers_while_the_token_changes_hands(python):
    """Between the lines that take and give the token, when it is nobody's yet or any more."""
    code = """
import gc, os, signal, sys
import vermilion.hpy
from vermilion.hpy._pypy import gil
probe = vermilion.hpy.load("probe", os.environ["VERMILION_PROBE"])
reports, garbage, caught = [], [], []
sys.unraisablehook = lambda report: reports.append(repr(report.exc_value))
signal.signal(signal.SIGUSR1, lambda *_: caught.append(1))

class Nosy(list):
    busy = False
    def meddle(self):
        if garbage and not self.busy:
            self.busy = True
            garbage.clear()
            for _ in range(3):
                gc.collect()
            self.busy = False
    def pop(self):
        self.meddle()
        return list.pop(self)
    def append(self, item):
        list.append(self, item)
        self.meddle()

gil._free = Nosy(gil._free)
for number in range(20):
    garbage.extend([made for made in map(probe.Counter, range(5))])
    probe.noop()
    assert probe.counters_alive() == 0, probe.counters_alive()
    os.kill(os.getpid(), signal.SIGUSR1)
    for _ in range(1000):
        probe.noop()
    assert len(caught) == number + 1, caught
assert not reports, reports
print(gil._nested, gil._owner, len(gil._free))
"""
    assert python(code) == "[0] [0] 1"
