//! A look at every file of a store as it was before it was encrypted.

use crate::{Store, StoreError};
use futures::TryStreamExt;
use model::Zone;
use object_store::ObjectStoreExt;

impl<Z: Zone> Store<Z> {
    /// Shows every file to a check that looks for what must be in none of them, one file at a time.
    pub async fn each_file(&self, mut look: impl FnMut(&str, &[u8])) -> Result<(), StoreError> {
        let fault = |source| StoreError::Storage {
            doing: "read every file",
            source,
        };
        let objects = self.objects();
        let all: Vec<_> = objects.list(None).try_collect().await.map_err(fault)?;
        for file in all {
            let bytes = objects
                .get(&file.location)
                .await
                .map_err(fault)?
                .bytes()
                .await
                .map_err(fault)?;
            look(file.location.as_ref(), &bytes);
        }
        Ok(())
    }
}
