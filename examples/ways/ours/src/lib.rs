use hpy_bindings::{Ctx, Exception, ModuleDef, PyErr, PyResult, module};

fn add_two(_: Ctx<'_>, a: i64, b: i64) -> i64 {
    let mut acc = 0;
    for _ in 0..1000 {
        acc += a + b;
    }
    acc
}

fn add_two_checked(_: Ctx<'_>, a: i64, b: i64) -> PyResult<i64> {
    let mut acc = 0i64;
    for _ in 0..1000 {
        let sum = a.checked_add(b).and_then(|sum| acc.checked_add(sum));
        acc = sum.ok_or_else(|| PyErr::new(Exception::Overflow, "the sum does not fit"))?;
    }
    Ok(acc)
}

fn upper(_: Ctx<'_>, texts: Vec<String>) -> Vec<String> {
    texts.iter().map(|text| text.to_uppercase()).collect()
}

fn define(m: &mut ModuleDef) {
    m.function(c"add_two", c"a + b, a thousand times", add_two)
        .function(
            c"add_two_checked",
            c"The same, or an OverflowError",
            add_two_checked,
        )
        .function(c"upper", c"The texts in upper case.", upper);
}

module!("talk", define);
