package io.firstcome.pass;

import io.smallrye.mutiny.Uni;

/** Which queues there are. */
public interface KnownQueues {

  Uni<Boolean> exists(String queueId);
}
