package io.firstcome.stock.sale;

import io.quarkus.test.junit.QuarkusIntegrationTest;
import org.junit.jupiter.api.Tag;

/** The same against the executable. */
@QuarkusIntegrationTest
@Tag("native")
class SaleOpenApiIT extends SaleOpenApiTest {}
