// The entrance.
