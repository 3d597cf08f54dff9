//! A sanitizer with its options.

use std::collections::{HashMap, HashSet};

use ammonia::{Builder, UrlRelative as Relative};
use hpy_bindings::Ctx;
use self_cell::self_cell;

use crate::callbacks;
use crate::options::{Options, UrlRelative};

type Words<'a> = HashSet<&'a str>;

self_cell! {
    /// The builder refers to the words in the options.
    struct Prepared {
        owner: Options,
        #[not_covariant]
        dependent: Builder,
    }
}

/// Makes HTML safe.
pub struct Sanitizer(Prepared);

impl Sanitizer {
    pub fn of(options: Options) -> Self {
        Sanitizer(Prepared::new(options, build))
    }

    /// Makes HTML safe, without Python unless that is asked about it.
    pub fn clean(&self, ctx: Ctx<'_>, html: &str) -> String {
        self.0.with_dependent(|options, builder| {
            let clean = || builder.clean(html).to_string();
            if options.has_callbacks() {
                ctx.make_current(clean)
            } else {
                ctx.leave_python(clean)
            }
        })
    }
}

fn words(owned: &HashSet<String>) -> Words<'_> {
    owned.iter().map(String::as_str).collect()
}

fn by_tag<'a, T, R: 'a>(
    owned: &'a HashMap<String, T>,
    convert: impl Fn(&'a T) -> R,
) -> HashMap<&'a str, R> {
    let pairs = owned.iter();
    pairs
        .map(|(tag, value)| (tag.as_str(), convert(value)))
        .collect()
}

fn build(options: &Options) -> Builder<'_> {
    let mut builder = Builder::default();
    if let Some(tags) = &options.tags {
        builder.tags(words(tags));
    }
    if let Some(tags) = &options.clean_content_tags {
        builder.clean_content_tags(words(tags));
    }
    if let Some(attributes) = &options.attributes {
        let mut attributes = by_tag(attributes, words);
        let generic = attributes.remove("*");
        builder.tag_attributes(attributes);
        if let Some(generic) = generic {
            builder.generic_attributes(generic);
        }
    }
    if let Some(prefixes) = &options.generic_attribute_prefixes {
        builder.generic_attribute_prefixes(words(prefixes));
    }
    if let Some(values) = &options.tag_attribute_values {
        builder.tag_attribute_values(by_tag(values, |values| by_tag(values, words)));
    }
    if let Some(values) = &options.set_tag_attribute_values {
        builder.set_tag_attribute_values(by_tag(values, |values| by_tag(values, String::as_str)));
    }
    if let Some(schemes) = &options.url_schemes {
        builder.url_schemes(words(schemes));
    }
    if let Some(classes) = &options.allowed_classes {
        builder.allowed_classes(by_tag(classes, words));
    }
    if let Some(properties) = &options.filter_style_properties {
        builder.filter_style_properties(words(properties));
    }
    if let Some(function) = &options.attribute_filter {
        builder.attribute_filter(callbacks::attribute_filter(function.clone()));
    }
    if let Some(relative) = &options.url_relative {
        builder.url_relative(url_relative(relative));
    }
    builder.strip_comments(options.strip_comments);
    builder.link_rel(options.link_rel.as_deref());
    builder.id_prefix(options.id_prefix.as_deref());
    builder
}

fn url_relative(relative: &UrlRelative) -> Relative<'_> {
    match relative {
        UrlRelative::PassThrough => Relative::PassThrough,
        UrlRelative::Deny => Relative::Deny,
        UrlRelative::RewriteWithBase(base) => Relative::RewriteWithBase(base.clone()),
        UrlRelative::RewriteWithRoot(root, path) => Relative::RewriteWithRoot {
            root: root.clone(),
            path: path.clone(),
        },
        UrlRelative::Custom(function) => {
            Relative::Custom(Box::new(callbacks::url_relative(function.clone())))
        }
    }
}
