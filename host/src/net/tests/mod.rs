//! Behaviour of the module as a whole, against a server of its own.
