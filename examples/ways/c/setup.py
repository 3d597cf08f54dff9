from setuptools import Extension, setup

setup(name="talk", ext_modules=[Extension("talk", ["talk.c"], extra_compile_args=["-fwrapv"])])
