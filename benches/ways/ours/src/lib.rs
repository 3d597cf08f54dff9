use hpy_bindings::{module, Ctx, ModuleDef};

fn add_two(_: Ctx<'_>, n: i64) -> i64 {
    n + 2
}

fn upper(_: Ctx<'_>, texts: Vec<String>) -> Vec<String> {
    texts.iter().map(|text| text.to_uppercase()).collect()
}

fn define(m: &mut ModuleDef) {
    m.function(c"add_two", c"n + 2", add_two)
        .function(c"upper", c"The texts in upper case.", upper);
}

module!("talk", define);
