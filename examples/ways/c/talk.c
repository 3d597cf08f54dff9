#define PY_SSIZE_T_CLEAN
#include <Python.h>

static int two_longs(PyObject *const *args, Py_ssize_t count, long *a, long *b)
{
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "two ints are expected");
        return -1;
    }
    *a = PyLong_AsLong(args[0]);
    if (*a == -1 && PyErr_Occurred())
        return -1;
    *b = PyLong_AsLong(args[1]);
    return *b == -1 && PyErr_Occurred() ? -1 : 0;
}

static PyObject *add_two(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    long a, b, acc = 0;
    if (two_longs(args, count, &a, &b) < 0)
        return NULL;
    for (int i = 0; i < 1000; i++)
        acc += a + b;
    return PyLong_FromLong(acc);
}

static PyObject *add_two_checked(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    long a, b, sum, acc = 0;
    if (two_longs(args, count, &a, &b) < 0)
        return NULL;
    for (int i = 0; i < 1000; i++)
        if (__builtin_add_overflow(a, b, &sum) || __builtin_add_overflow(acc, sum, &acc)) {
            PyErr_SetString(PyExc_OverflowError, "the sum does not fit");
            return NULL;
        }
    return PyLong_FromLong(acc);
}

static PyObject *upper(PyObject *module, PyObject *texts)
{
    if (!PyList_Check(texts)) {
        PyErr_SetString(PyExc_TypeError, "a list is expected");
        return NULL;
    }
    PyObject *name = PyUnicode_InternFromString("upper");
    if (name == NULL)
        return NULL;
    PyObject *done = PyList_New(0);
    /* The length is asked for every time, as the calls may change it. */
    for (Py_ssize_t i = 0; done != NULL && i < PyList_GET_SIZE(texts); i++) {
        PyObject *text = PyList_GET_ITEM(texts, i);
        Py_INCREF(text);
        PyObject *larger = PyObject_CallMethodNoArgs(text, name);
        Py_DECREF(text);
        if (larger == NULL || PyList_Append(done, larger) < 0)
            Py_CLEAR(done);
        Py_XDECREF(larger);
    }
    Py_DECREF(name);
    return done;
}

static PyMethodDef methods[] = {
    {"add_two", (PyCFunction)(void (*)(void))add_two, METH_FASTCALL, "a + b, a thousand times"},
    {"add_two_checked", (PyCFunction)(void (*)(void))add_two_checked, METH_FASTCALL, "The same, or an OverflowError"},
    {"upper", upper, METH_O, "The texts in upper case."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "talk",
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit_talk(void)
{
    return PyModuleDef_Init(&definition);
}
