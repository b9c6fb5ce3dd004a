//! A look at the files of keys as the operating system sees them: who else could read or change them.

use std::{
    fmt,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// Something about a file that should be put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong, and what to do.
    pub what: String,
}

impl fmt::Display for Concern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.path.display(), self.what)
    }
}

/// Looks at a file or folder that its owner alone should be able to read, `me` being the owner. One that is not there
/// is no concern.
pub fn look_at(path: &Path, me: u32) -> Vec<Concern> {
    let concern = |what: String| Concern {
        path: path.to_owned(),
        what,
    };
    let Ok(facts) = std::fs::metadata(path) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mode = facts.permissions().mode() & 0o7777;
    let right = if facts.is_dir() { 0o700 } else { 0o600 };
    if mode & 0o077 != 0 {
        let who = if mode & 0o007 != 0 {
            "everybody on this machine"
        } else {
            "its group"
        };
        let can = match (mode & 0o055, mode & 0o022) {
            (_, 0) => "read",
            (0, _) => "changed",
            _ => "read and changed",
        };
        found.push(concern(format!(
            "can be {can} by {who} (mode {mode:04o}): set it to {right:04o}"
        )));
    }
    if facts.uid() != me {
        found.push(concern(format!(
            "belongs to user {}, not to the one who runs this ({me})",
            facts.uid()
        )));
    }
    if let Some(folder) = path.parent()
        && let Ok(above) = std::fs::metadata(folder)
    {
        let mode = above.permissions().mode();
        if mode & 0o022 != 0 && mode & 0o1000 == 0 {
            found.push(Concern {
                path: folder.to_owned(),
                what:
                    "lets others put files in the place of keys: take writing from group and others"
                        .to_owned(),
            });
        }
    }
    found
}

/// Whether a folder above lets nobody in but its owner `me`, so that what lies below is out of others' reach.
pub fn shielded(path: &Path, me: u32) -> bool {
    path.ancestors().skip(1).any(|folder| {
        std::fs::metadata(folder).is_ok_and(|facts| {
            let mode = facts.permissions().mode();
            facts.uid() == me && [mode & 0o070, mode & 0o007] == [0, 0]
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_may_do_is_named() {
        let home = tempfile::tempdir().unwrap();
        let me = std::fs::metadata(home.path()).unwrap().uid();
        let path = home.path().join("a.key");
        std::fs::write(&path, "x").unwrap();
        let mode = |mode| std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        for (bits, said) in [
            (0o600, None),
            (0o400, None),
            (0o640, Some("can be read by its group (mode 0640)")),
            (
                0o602,
                Some("can be changed by everybody on this machine (mode 0602)"),
            ),
            (
                0o666,
                Some("can be read and changed by everybody on this machine (mode 0666)"),
            ),
        ] {
            mode(bits);
            let found = look_at(&path, me);
            match said {
                None => assert!(found.is_empty(), "{found:?}"),
                Some(said) => assert!(found[0].what.contains(said), "{found:?}"),
            }
        }
        mode(0o600);
        assert!(look_at(&path, me + 1)[0].what.contains("belongs to user"));
        std::fs::set_permissions(home.path(), PermissionsExt::from_mode(0o777)).unwrap();
        assert!(look_at(&path, me)[0].what.contains("lets others put files"));
        assert!(look_at(&home.path().join("none"), me).is_empty());
        assert!(!shielded(&path, me));
        std::fs::set_permissions(home.path(), PermissionsExt::from_mode(0o700)).unwrap();
        assert!(shielded(&path, me) && !shielded(&path, me + 1));
    }
}
