//! Search: an index of this node's own (`index/`), told by the change log, which gives ids and never decides who may see what.

pub mod index;
