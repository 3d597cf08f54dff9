//! nh3's functions: those of the crate ammonia.

#![forbid(unsafe_code)]

mod callbacks;
mod options;
mod sanitizer;

/// The native half of nh3.
#[hpy_bindings::pymodule(name = "_native", module = "nh3")]
mod native {
    use std::collections::{HashMap, HashSet};

    use hpy_bindings::{Borrowed, Ctx, PyResult, pyclass, pyfunction, pymethods};

    use crate::options::Options;
    use crate::sanitizer::Sanitizer;

    type Words = HashSet<String>;
    type WordsByTag = HashMap<String, Words>;

    #[pymodule_export]
    #[py(name = "__version__")]
    const VERSION: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(_: Ctx<'_>, module: Borrowed<'_>) -> PyResult<()> {
        let default = ammonia::Builder::default();
        module.set_attr(c"ALLOWED_TAGS", default.clone_tags())?;
        module.set_attr(c"ALLOWED_ATTRIBUTES", default.clone_tag_attributes())?;
        module.set_attr(c"ALLOWED_URL_SCHEMES", default.clone_url_schemes())?;
        module.set_attr(c"CLEAN_CONTENT_TAGS", default.clone_clean_content_tags())
    }

    /// Makes HTML safe, always by the same options.
    #[pyclass(objects, frozen)]
    struct Cleaner(Sanitizer);

    #[pymethods]
    impl Cleaner {
        #[new]
        #[py(signature = (
            tags=None, clean_content_tags=None, attributes=None, attribute_filter=None,
            strip_comments=true, link_rel=Some("noopener noreferrer".to_owned()),
            generic_attribute_prefixes=None, tag_attribute_values=None,
            set_tag_attribute_values=None, url_schemes=None, allowed_classes=None,
            filter_style_properties=None, url_relative=None, id_prefix=None,
        ))]
        #[allow(clippy::too_many_arguments)] // that many options there are
        fn new(
            tags: Option<Words>,
            clean_content_tags: Option<Words>,
            attributes: Option<WordsByTag>,
            attribute_filter: Option<Borrowed<'_>>,
            strip_comments: bool,
            link_rel: Option<String>,
            generic_attribute_prefixes: Option<Words>,
            tag_attribute_values: Option<HashMap<String, WordsByTag>>,
            set_tag_attribute_values: Option<HashMap<String, HashMap<String, String>>>,
            url_schemes: Option<Words>,
            allowed_classes: Option<WordsByTag>,
            filter_style_properties: Option<Words>,
            url_relative: Option<Borrowed<'_>>,
            id_prefix: Option<String>,
        ) -> PyResult<Self> {
            let options = Options {
                tags,
                clean_content_tags,
                attributes,
                attribute_filter: attribute_filter.map(Options::callable).transpose()?,
                strip_comments,
                link_rel,
                generic_attribute_prefixes,
                tag_attribute_values,
                set_tag_attribute_values,
                url_schemes,
                allowed_classes,
                filter_style_properties,
                url_relative: url_relative.map(|value| value.extract()).transpose()?,
                id_prefix,
            };
            options.check()?;
            Ok(Cleaner(Sanitizer::of(options)))
        }

        /// Makes HTML safe.
        fn clean(&self, ctx: Ctx<'_>, html: &str) -> String {
            self.0.clean(ctx, html)
        }
    }

    /// Makes HTML safe, by the options that Cleaner has.
    ///
    /// >>> nh3.clean("<p onclick='steal()'>Hi <script>more()</script></p>")
    /// '<p>Hi </p>'
    /// >>> nh3.clean("<p>Hi <b>you</b></p>", tags={"b"})
    /// 'Hi <b>you</b>'
    /// >>> nh3.clean('<a href="page">there</a>', url_relative=lambda url: "/" + url)
    /// '<a href="/page" rel="noopener noreferrer">there</a>'
    #[pyfunction(signature = (
        html, tags=None, clean_content_tags=None, attributes=None, attribute_filter=None,
        strip_comments=true, link_rel=Some("noopener noreferrer".to_owned()),
        generic_attribute_prefixes=None, tag_attribute_values=None,
        set_tag_attribute_values=None, url_schemes=None, allowed_classes=None,
        filter_style_properties=None, url_relative=None, id_prefix=None,
    ))]
    #[allow(clippy::too_many_arguments)] // as above
    fn clean(
        ctx: Ctx<'_>,
        html: &str,
        tags: Option<Words>,
        clean_content_tags: Option<Words>,
        attributes: Option<WordsByTag>,
        attribute_filter: Option<Borrowed<'_>>,
        strip_comments: bool,
        link_rel: Option<String>,
        generic_attribute_prefixes: Option<Words>,
        tag_attribute_values: Option<HashMap<String, WordsByTag>>,
        set_tag_attribute_values: Option<HashMap<String, HashMap<String, String>>>,
        url_schemes: Option<Words>,
        allowed_classes: Option<WordsByTag>,
        filter_style_properties: Option<Words>,
        url_relative: Option<Borrowed<'_>>,
        id_prefix: Option<String>,
    ) -> PyResult<String> {
        let cleaner = Cleaner::new(
            tags,
            clean_content_tags,
            attributes,
            attribute_filter,
            strip_comments,
            link_rel,
            generic_attribute_prefixes,
            tag_attribute_values,
            set_tag_attribute_values,
            url_schemes,
            allowed_classes,
            filter_style_properties,
            url_relative,
            id_prefix,
        )?;
        Ok(cleaner.clean(ctx, html))
    }

    /// Makes HTML of any text, which shows it; tags that are given are kept, without attributes.
    ///
    /// >>> nh3.clean_text("1 < 2")
    /// '1&#32;&lt;&#32;2'
    #[pyfunction]
    fn clean_text(ctx: Ctx<'_>, html: &str, tags: Option<Words>) -> String {
        let Some(tags) = tags else {
            return ctx.leave_python(|| ammonia::clean_text(html));
        };
        let options = Options {
            tags: Some(tags),
            attributes: Some(HashMap::new()),
            link_rel: None,
            ..Options::default()
        };
        Sanitizer::of(options).clean(ctx, html)
    }

    /// The same as clean_text.
    ///
    /// >>> nh3.escape("<b>", tags={"i"})
    /// ''
    #[pyfunction]
    fn escape(ctx: Ctx<'_>, html: &str, tags: Option<Words>) -> String {
        clean_text(ctx, html, tags)
    }

    /// Returns whether there is anything in a text that HTML takes for a tag.
    ///
    /// >>> nh3.is_html("1 < 2"), nh3.is_html("Vec::<u8>::new()")
    /// (False, True)
    #[pyfunction]
    fn is_html(ctx: Ctx<'_>, html: &str) -> bool {
        ctx.leave_python(|| ammonia::is_html(html))
    }
}
