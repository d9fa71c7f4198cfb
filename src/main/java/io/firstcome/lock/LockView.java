package io.firstcome.lock;

import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A lock as its holder sees it. */
@Schema(name = "Lock", description = "A lock that is held")
record LockView(
    String name,
    @Schema(description = "Proves who holds it; keep it secret") String token,
    @Schema(
            description =
                "The fencing token, larger than that of every earlier holder: send it with each"
                    + " write, and have the resource refuse a smaller one than it has seen."
                    + " Absent with firstcome.lock.store=redlock",
            examples = "1796038200000000")
        Long fence,
    @Schema(
            description = "Milliseconds for which it is held, counted from when it was requested",
            examples = "60000")
        long leaseMillis) {

  static LockView of(Grant grant) {
    long left = TimeUnit.NANOSECONDS.toMillis(grant.endsNanos() - System.nanoTime());
    Long fence = grant.fence() == 0 ? null : grant.fence();
    return new LockView(grant.name(), grant.token(), fence, Math.max(0, left));
  }
}
