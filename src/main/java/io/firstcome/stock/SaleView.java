package io.firstcome.stock;

import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A sale as the API shows it. */
@Schema(name = "Sale")
record SaleView(
    @Schema(examples = "summer-2026") String id, @Schema(examples = "Summer sale") String name) {}
