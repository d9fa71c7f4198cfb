package io.firstcome.queue.entry;

import io.firstcome.pass.Passes;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A pass as the API shows it. */
@Schema(name = "QueuePass")
record PassView(
    @Schema(description = "To be sent in X-Queue-Pass", examples = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln")
        String pass,
    @Schema(examples = "door") String queueId,
    @Schema(examples = "alice") String userId,
    @Schema(
            description =
                "Ids of the coupons and sales it is good for; empty: all that demand a pass of this"
                    + " queue",
            examples = "[\"summer-2026\"]")
        List<String> opens,
    @Schema(description = "From then on it is refused", examples = "2026-07-01T10:05:00Z")
        Instant expiresAt) {

  static PassView of(Passes.Issued issued) {
    return new PassView(
        issued.token(),
        issued.pass().queueId(),
        issued.pass().userId(),
        issued.pass().opens(),
        Instant.ofEpochSecond(issued.pass().expiresAtSeconds()));
  }
}
