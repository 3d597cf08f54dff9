//! Step 6: an exception class.

use std::num::ParseFloatError;

use hpy_bindings::{Ctx, Exception, Global, IntoPyErr, ModuleDef, PyErr};

static PLACE_ERROR: Global = Global::new();

/// The reason why a text is no place.
enum BadPlace {
    Parts(usize),
    Number(ParseFloatError),
    OffTheGlobe(f64, f64),
}

impl From<ParseFloatError> for BadPlace {
    fn from(error: ParseFloatError) -> Self {
        BadPlace::Number(error)
    }
}

impl IntoPyErr for BadPlace {
    fn into_py_err(self) -> PyErr {
        let place_error = |message: String| PyErr::new(Exception::Own(&PLACE_ERROR), message);
        match self {
            BadPlace::Parts(found) => place_error(format!("a place has 2 numbers, not {found}")),
            BadPlace::Number(error) => {
                let cause = PyErr::from_error(Exception::Value, &error);
                place_error("that is no number".into()).caused_by(cause)
            }
            BadPlace::OffTheGlobe(north, east) => {
                place_error(format!("{north}, {east} is not on the globe"))
            }
        }
    }
}

fn parse_place(_: Ctx<'_>, text: String) -> Result<(f64, f64), BadPlace> {
    let parts: Vec<&str> = text.split(',').collect();
    let &[north, east] = parts.as_slice() else {
        return Err(BadPlace::Parts(parts.len()));
    };
    let (north, east) = (north.trim().parse::<f64>()?, east.trim().parse::<f64>()?);
    if !(north.abs() <= 90.0 && east.abs() <= 180.0) {
        return Err(BadPlace::OffTheGlobe(north, east));
    }
    Ok((north, east))
}

pub fn define(module: &mut ModuleDef) {
    module
        .exception(
            &PLACE_ERROR,
            c"tutorial.PlaceError",
            c"A text is no place.",
            Exception::Value,
        )
        .function(
            c"parse_place",
            c"parse_place(text, /)\n--\n\nDegrees to the north and to the east.",
            parse_place,
        );
}
