package io.firstcome.stock;

/** A reservation as Redis has it, and when that may be told. */
record Told(Reservation reservation, Secured secured) {}
