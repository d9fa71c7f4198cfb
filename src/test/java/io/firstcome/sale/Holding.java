package io.firstcome.sale;

import java.time.Instant;

/** What a user holds of a coupon, whoever says so: an answer, Redis or MySQL. */
public record Holding(long sequence, Instant issuedAt) {}
