//! An invented place: people, lives, and the files that systems would send.
