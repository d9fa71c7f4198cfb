/**
 * Real servers, a crowd that writes down every answer it gets, and faults drawn from a seed, many
 * at a time; afterwards the history is judged. {@code ./mvnw verify -Pchaos}
 *
 * <p>{@link io.firstcome.chaos.World} is what is broken, {@link io.firstcome.chaos.Plan} what is
 * done to it and when, {@link io.firstcome.chaos.Nemesis} who does it, {@link
 * io.firstcome.chaos.Crowd} who asks meanwhile, {@link io.firstcome.chaos.Judge} who says whether
 * every promise was kept.
 */
package io.firstcome.chaos;
