package io.firstcome.coupon.lottery;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.firstcome.coupon.model.Draw;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A draw, with all that is needed to verify it. */
@Schema(name = "Draw", description = "A draw, with all that is needed to verify it")
@JsonInclude(JsonInclude.Include.NON_NULL)
record DrawView(
    @Schema(examples = "summer-2026") String couponId,
    @Schema(description = "Number of the draw, from 1", examples = "1") int number,
    Draw.State state,
    @Schema(
            description = "SHA-256 of 'secret', published when the coupon was created",
            examples = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae")
        String commitment,
    @Schema(
            description = "Which public value becomes a part of the seed; absent: none",
            examples = "League of entropy, quicknet, round 20000000")
        String publicName,
    @Schema(description = "What happens if the public value does not come", examples = "CANCEL")
        Draw.Fallback fallback,
    @Schema(
            description = "How long after 'frozenAt' the public value is accepted, in seconds",
            examples = "86400")
        Long withinSeconds,
    @Schema(description = "When the entries were frozen") Instant frozenAt,
    @Schema(description = "Entries in the draw", examples = "2") Long entries,
    @Schema(
            description =
                "Root of the Merkle tree over the entries (RFC 6962), recorded before the public"
                    + " value",
            examples = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
        String root,
    @Schema(description = "The public value", examples = "d40d7a7d1d8b6c2b7bd4a5ff0d7e3b5a")
        String publicValue,
    @Schema(description = "When the public value came, or was no longer waited for")
        Instant settledAt,
    @Schema(
            description = "What 'commitment' is the hash of; present once it is drawn",
            examples = "3c6e0b8a9c15224a8228b9a98ca1531d3c6e0b8a9c15224a8228b9a98ca1531d")
        String secret,
    @Schema(
            description = "SHA-256 of 'secret' followed by 'publicValue'",
            examples = "ef2d127de37b942baad06145e54b0c619a1f22327b2ebbcfbec78f5564afe39d")
        String seed,
    @Schema(description = "Units that were drawn for", examples = "1") Long quantity,
    @Schema(description = "The lesser of 'quantity' and 'entries'; 0 if cancelled", examples = "1")
        Long winners,
    @Schema(
            description = "The highest rank that has won; absent where nobody has",
            examples = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
        String cutOff,
    Instant drawnAt,
    @Schema(
            description =
                "A page of the entries in the order of the tree; absent before the freeze")
        List<Entry> page,
    @Schema(description = "Ask for what comes after this one; absent: this was the last page")
        Long next) {

  /** An entry of the list. */
  @Schema(name = "DrawEntry", description = "An entry in the published list")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Entry(
      @Schema(description = "Number of its first ticket", examples = "1") long number,
      @Schema(
              description = "SHA-256 of coupon, user and salt",
              examples = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
          String entry,
      @Schema(examples = "1") int tickets,
      @Schema(description = "Of a winner: the sequence number of the claim", examples = "1")
          Long place) {}
}
