//! The published contract: `openapi.json` and `schema.graphql`. This crate prints them, and its tests hold them to the
//! conventions; what they say is written where it is true, in `api`.

/// Both files of the contract, by name.
pub fn contract() -> [(&'static str, String); 2] {
    [
        ("openapi.json", broadsheet_api::documents::openapi_json()),
        ("schema.graphql", broadsheet_api::graphql::sdl()),
    ]
}
