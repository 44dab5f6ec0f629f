//! Services of tower.
