from cffi import FFI

builder = FFI()
builder.cdef("""
    long add_two(long a, long b);
    bool add_two_checked(long a, long b, long *acc);
    void upper(char *text, size_t length);
""")
builder.set_source(
    "_talk",
    """
    #include <ctype.h>
    #include <stdbool.h>

    static long add_two(long a, long b)
    {
        long acc = 0;
        for (int i = 0; i < 1000; i++)
            acc += a + b;
        return acc;
    }

    /* whether the sum fits */
    static bool add_two_checked(long a, long b, long *acc)
    {
        long sum, total = 0;
        for (int i = 0; i < 1000; i++)
            if (__builtin_add_overflow(a, b, &sum) || __builtin_add_overflow(total, sum, &total))
                return false;
        *acc = total;
        return true;
    }

    static void upper(char *text, size_t length)
    {
        for (size_t i = 0; i < length; i++)
            text[i] = toupper((unsigned char)text[i]);
    }
""",
    extra_compile_args=["-fwrapv"],
)

if __name__ == "__main__":
    builder.compile()
