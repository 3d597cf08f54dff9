#define PY_SSIZE_T_CLEAN
#include <Python.h>

static PyObject *add_two(PyObject *module, PyObject *n)
{
    long value = PyLong_AsLong(n);
    if (value == -1 && PyErr_Occurred())
        return NULL;
    return PyLong_FromLong(value + 2);
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
    {"add_two", add_two, METH_O, "n + 2"},
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
