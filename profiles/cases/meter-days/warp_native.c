/* warp_native: the distance of warp.py on two buffers of doubles. One call does all cells of one pair of curves;
 * no Python object is touched between its first and its last line.
 *
 *   cc -O2 -shared -fPIC $(python3-config --includes) -o warp_native.so warp_native.c
 *
 * The operations and their order are those of warp.py, so both give the same bits. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdlib.h>

static const double FAR = 1e300;

static double warp_rows(const double *a, Py_ssize_t height, const double *b, Py_ssize_t width, Py_ssize_t band,
                        double *previous, double *current)
{
    for (Py_ssize_t j = 0; j <= width; j++)
        previous[j] = FAR;
    previous[0] = 0.0;
    for (Py_ssize_t i = 0; i < height; i++) {
        Py_ssize_t first = i > band ? i - band : 0;
        Py_ssize_t last = i + band + 1 < width ? i + band + 1 : width;
        double left = FAR;
        for (Py_ssize_t j = 0; j <= width; j++)
            current[j] = FAR;
        for (Py_ssize_t j = first; j < last; j++) {
            double best = previous[j];
            if (previous[j + 1] < best)
                best = previous[j + 1];
            if (left < best)
                best = left;
            double step = a[i] - b[j];
            left = best + (step >= 0.0 ? step : -step);
            current[j + 1] = left;
        }
        double *swap = previous;
        previous = current;
        current = swap;
    }
    return previous[width];
}

static PyObject *warp_distance(PyObject *self, PyObject *args)
{
    Py_buffer a;
    Py_buffer b;
    Py_ssize_t band;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*n", &a, &b, &band))
        return NULL;
    PyObject *result = NULL;
    Py_ssize_t width = b.len / (Py_ssize_t)sizeof(double);
    double *rows = NULL;
    if (a.len % (Py_ssize_t)sizeof(double) || b.len % (Py_ssize_t)sizeof(double) || band < 0) {
        PyErr_SetString(PyExc_ValueError, "two buffers of doubles and a band that is not negative are expected");
        goto out;
    }
    rows = malloc(2 * ((size_t)width + 1) * sizeof *rows);
    if (!rows) {
        PyErr_NoMemory();
        goto out;
    }
    result = PyFloat_FromDouble(
        warp_rows(a.buf, a.len / (Py_ssize_t)sizeof(double), b.buf, width, band, rows, rows + width + 1));
out:
    free(rows);
    PyBuffer_Release(&a);
    PyBuffer_Release(&b);
    return result;
}

static PyMethodDef methods[] = {
    { "distance", warp_distance, METH_VARARGS, "distance(a, b, band): warping distance of two arrays of doubles" },
    { NULL, NULL, 0, NULL },
};

static struct PyModuleDef module = { PyModuleDef_HEAD_INIT, "warp_native", NULL, -1, methods, NULL, NULL, NULL, NULL };

PyMODINIT_FUNC PyInit_warp_native(void)
{
    return PyModule_Create(&module);
}
