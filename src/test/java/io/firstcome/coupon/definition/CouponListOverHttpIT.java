package io.firstcome.coupon.definition;

import io.quarkus.test.junit.QuarkusIntegrationTest;
import org.junit.jupiter.api.Tag;

/** The same against the executable. */
@QuarkusIntegrationTest
@Tag("native")
class CouponListOverHttpIT extends CouponListOverHttpTest {}
