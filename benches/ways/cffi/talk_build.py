from cffi import FFI

builder = FFI()
builder.cdef("""
    long add_two(long n);
    void upper(char *text, size_t length);
""")
builder.set_source("_talk", """
    #include <ctype.h>

    static long add_two(long n)
    {
        return n + 2;
    }

    static void upper(char *text, size_t length)
    {
        for (size_t i = 0; i < length; i++)
            text[i] = toupper((unsigned char)text[i]);
    }
""")

if __name__ == "__main__":
    builder.compile()
