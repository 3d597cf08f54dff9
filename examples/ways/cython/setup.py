from Cython.Build import cythonize
from setuptools import setup

setup(name="talk", ext_modules=cythonize("talk.pyx"))
