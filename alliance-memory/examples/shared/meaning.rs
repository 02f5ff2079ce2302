//! Recall with or without the embedder that comes with the crate, as the command line says.

use alliance_memory::Recall;

/// Recall that looks at what is meant, or at words alone.
///
/// # Errors
///
/// When the vectors are damaged, or are not in this build.
#[cfg(feature = "static-embedder")]
pub(crate) fn recall(with_meaning: bool) -> Result<Recall, Box<dyn std::error::Error>> {
    let recall = Recall::new();
    if !with_meaning {
        return Ok(recall);
    }
    Ok(recall.embedder(alliance_memory::StaticEmbedder::built_in()?))
}

/// Recall that looks at words alone.
///
/// # Errors
///
/// When more is asked for: it is not in this build.
#[cfg(not(feature = "static-embedder"))]
pub(crate) fn recall(with_meaning: bool) -> Result<Recall, Box<dyn std::error::Error>> {
    if with_meaning { Err("built without feature `static-embedder`".into()) } else { Ok(Recall::new()) }
}
