package io.firstcome.stock.script;

import io.firstcome.durability.AckTarget;
import io.firstcome.stock.model.Reservation;

/** A reservation as Redis has it, and when that may be told. */
public record ReservationAnswer(Reservation reservation, AckTarget secured) {}
