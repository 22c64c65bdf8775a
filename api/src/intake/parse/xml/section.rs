//! CDATA sections that publishers put where none belongs.

/// Text without the marks of CDATA sections that were escaped, nested, or stand in raw markup.
pub(super) fn unwrapped(text: &str) -> String {
    if !text.contains("<![CDATA[") {
        return text.to_owned(); // an end without a beginning is the text's own
    }
    text.replace("<![CDATA[", "").replace("]]>", "").trim().to_owned()
}

/// Where the content of a section ends and where what comes after it begins. `rest` begins with the content, `end` is where
/// the next section ends, `around` the name of the element that it stands in. A section that nobody ended ends where its
/// element does.
pub(super) fn end(rest: &str, end: Option<usize>, around: Option<&str>) -> (usize, usize) {
    let inside = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
    let forgotten = || {
        let close = format!("</{}>", around?);
        let at = inside.find(&close)?;
        // The element's text may hold its own end tag; another section after it says that it does not.
        (end.is_none() || inside.get(at..)?.contains("<![CDATA[")).then_some((at, at))
    };
    forgotten().unwrap_or_else(|| end.map_or((rest.len(), rest.len()), |end| (end, end + 3)))
}
