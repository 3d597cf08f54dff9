//! Step 6: an exception class.

use std::num::ParseFloatError;

use hpy_bindings::{Exception, PyErr, pyexception, pyfunction};

/// A text is no place.
#[pyexception(module = "tutorial", extends = Exception::Value)]
pub struct PlaceError;

/// The reason why a text is no place.
pub enum BadPlace {
    Parts(usize),
    Number(ParseFloatError),
    OffTheGlobe(f64, f64),
}

impl From<ParseFloatError> for BadPlace {
    fn from(error: ParseFloatError) -> Self {
        BadPlace::Number(error)
    }
}

impl From<BadPlace> for PyErr {
    fn from(bad: BadPlace) -> Self {
        match bad {
            BadPlace::Parts(found) => {
                PlaceError::new_err(format!("a place has 2 numbers, not {found}"))
            }
            BadPlace::Number(error) => {
                let cause = PyErr::from_error(Exception::Value, &error);
                PlaceError::new_err("that is no number").caused_by(cause)
            }
            BadPlace::OffTheGlobe(north, east) => {
                PlaceError::new_err(format!("{north}, {east} is not on the globe"))
            }
        }
    }
}

/// Degrees to the north and to the east.
#[pyfunction(signature = (text, /))]
pub fn parse_place(text: &str) -> Result<(f64, f64), BadPlace> {
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
