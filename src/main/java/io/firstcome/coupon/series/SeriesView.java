package io.firstcome.coupon.series;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.firstcome.coupon.model.NewCoupon;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A series as the API shows it. */
@Schema(name = "Series")
@JsonInclude(JsonInclude.Include.NON_NULL)
record SeriesView(
    @Schema(examples = "summer") String id,
    @Schema(examples = "Every morning at ten") String name,
    @Schema(description = "Whether no more drops are made", examples = "false") boolean stopped,
    NewCoupon template,
    Schedule schedule,
    @Schema(description = "The drop that claims of the series go to now; absent: none is open yet")
        DropView current,
    @Schema(description = "The drop that opens next; absent: there is none") DropView next,
    @Schema(description = "The drops that were made, a page of them, the latest first")
        List<DropView> drops,
    @Schema(description = "Ask for those before this one; absent: this was the last page")
        Instant before) {

  /** A drop as the API shows it. */
  @Schema(name = "Drop", description = "A coupon of a series")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record DropView(
      @Schema(examples = "summer-2026-07-01") String couponId,
      @Schema(examples = "2026-07-01T08:00:00Z") Instant opensAt,
      @Schema(description = "Absent: no end", examples = "2026-07-02T08:00:00Z") Instant closesAt,
      @Schema(
              description =
                  "MADE: it is a coupon; PLANNED: it will be; REFUSED: another coupon has its id")
          State state) {

    /** Whether a drop is a coupon. */
    @Schema(name = "DropState")
    enum State {
      PLANNED,
      MADE,
      REFUSED
    }
  }
}
