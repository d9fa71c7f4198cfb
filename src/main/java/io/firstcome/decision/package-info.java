/**
 * The hot path that all aggregates share: {@link io.firstcome.decision.HotRoute} takes a request
 * past JAX-RS, {@link io.firstcome.decision.HotSet} holds the coupons and sales in use, and {@link
 * io.firstcome.decision.Lane} sends those that are {@link io.firstcome.decision.Pending} to Redis
 * in batches. An aggregate brings a {@link io.firstcome.decision.FastPath}, a {@link
 * io.firstcome.decision.Lane.Codec} and a script.
 */
package io.firstcome.decision;
