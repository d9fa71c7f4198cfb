package io.firstcome.stock.model;

/** A reservation as Redis has it, and when that may be told. */
public record ReservationAnswer(Reservation reservation, AckTarget secured) {}
