//! The options of a sanitizer.

use std::collections::{HashMap, HashSet};

use ammonia::Url;
use hpy_bindings::{Borrowed, Exception, FromPy, Object, PyErr, PyResult};

type Words = HashSet<String>;
type WordsByTag = HashMap<String, Words>;

/// All that can be said; `None` is ammonia's default.
pub struct Options {
    pub tags: Option<Words>,
    pub clean_content_tags: Option<Words>,
    pub attributes: Option<WordsByTag>,
    pub attribute_filter: Option<Object>,
    pub strip_comments: bool,
    pub link_rel: Option<String>,
    pub generic_attribute_prefixes: Option<Words>,
    pub tag_attribute_values: Option<HashMap<String, WordsByTag>>,
    pub set_tag_attribute_values: Option<HashMap<String, HashMap<String, String>>>,
    pub url_schemes: Option<Words>,
    pub allowed_classes: Option<WordsByTag>,
    pub filter_style_properties: Option<Words>,
    pub url_relative: Option<UrlRelative>,
    pub id_prefix: Option<String>,
}

/// What becomes of relative URLs.
pub enum UrlRelative {
    PassThrough,
    Deny,
    RewriteWithBase(Url),
    RewriteWithRoot(Url, String),
    Custom(Object),
}

impl Default for Options {
    fn default() -> Self {
        Options {
            tags: None,
            clean_content_tags: None,
            attributes: None,
            attribute_filter: None,
            strip_comments: true,
            link_rel: Some("noopener noreferrer".to_owned()),
            generic_attribute_prefixes: None,
            tag_attribute_values: None,
            set_tag_attribute_values: None,
            url_schemes: None,
            allowed_classes: None,
            filter_style_properties: None,
            url_relative: None,
            id_prefix: None,
        }
    }
}

fn value_error(message: String) -> PyErr {
    PyErr::new(Exception::Value, message)
}

fn url(text: &str) -> PyResult<Url> {
    let wrong = |error| value_error(format!("invalid url_relative URL {text:?}: {error}"));
    Url::parse(text).map_err(wrong)
}

impl FromPy for UrlRelative {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        if let Ok(mode) = value.as_str() {
            return match mode {
                "pass_through" => Ok(UrlRelative::PassThrough),
                "deny" => Ok(UrlRelative::Deny),
                _ => Err(value_error(format!("invalid url_relative: {mode:?}"))),
            };
        }
        if value.is_sequence() {
            let parts: Vec<String> = value.extract()?;
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            return match parts[..] {
                ["rewrite_with_base", base] => Ok(UrlRelative::RewriteWithBase(url(base)?)),
                ["rewrite_with_root", root, path] => {
                    Ok(UrlRelative::RewriteWithRoot(url(root)?, path.to_owned()))
                }
                _ => Err(value_error(format!("invalid url_relative: {parts:?}"))),
            };
        }
        if value.is_callable() {
            return Object::new(value).map(UrlRelative::Custom);
        }
        let message = "url_relative must be a string, a tuple, or a callable";
        Err(PyErr::new(Exception::Type, message))
    }
}

impl Options {
    /// Keeps a filter.
    pub fn callable(value: Borrowed<'_>) -> PyResult<Object> {
        if value.is_callable() {
            return Object::new(value);
        }
        let message = "attribute_filter must be callable";
        Err(PyErr::new(Exception::Type, message))
    }

    /// Returns `true` where Python is needed.
    pub fn has_callbacks(&self) -> bool {
        self.attribute_filter.is_some() || matches!(self.url_relative, Some(UrlRelative::Custom(_)))
    }

    /// Refuses what ammonia would panic at, or would leave out of account.
    pub fn check(&self) -> PyResult<()> {
        self.check_rel()?;
        self.check_content()?;
        self.check_values()
    }

    fn check_rel(&self) -> PyResult<()> {
        let (Some(_), Some(attributes)) = (&self.link_rel, &self.attributes) else {
            return Ok(());
        };
        match attributes.iter().find(|(_, names)| names.contains("rel")) {
            None => Ok(()),
            Some((tag, _)) => Err(value_error(format!(
                "attributes allow \"rel\" of the tag {tag:?}, but link_rel is set: \
                 it must be None then"
            ))),
        }
    }

    fn check_content(&self) -> PyResult<()> {
        let Some(removed) = &self.clean_content_tags else {
            return Ok(());
        };
        let both = match &self.tags {
            Some(tags) => removed.iter().find(|tag| tags.contains(*tag)),
            None => {
                let tags = ammonia::Builder::default().clone_tags();
                removed.iter().find(|tag| tags.contains(tag.as_str()))
            }
        };
        match both {
            None => Ok(()),
            Some(tag) => Err(value_error(format!(
                "the tag {tag:?} is allowed, and in clean_content_tags"
            ))),
        }
    }

    fn check_values(&self) -> PyResult<()> {
        let (Some(values), Some(attributes)) = (&self.tag_attribute_values, &self.attributes)
        else {
            return Ok(());
        };
        for (tag, names) in values {
            let allowed =
                |place: &str, name: &str| attributes.get(place).is_some_and(|s| s.contains(name));
            let both = names
                .keys()
                .find(|name| allowed(tag, name) || allowed("*", name));
            if let Some(name) = both {
                return Err(value_error(format!(
                    "attributes allow any value of {name:?} in {tag:?}, for which \
                     tag_attribute_values has some"
                )));
            }
        }
        Ok(())
    }
}
