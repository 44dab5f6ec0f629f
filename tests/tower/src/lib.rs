//! What the tests of layers share.
