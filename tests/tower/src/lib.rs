//! The tests of layers are in `tests`.
