package io.firstcome.pass;

import io.quarkus.test.junit.QuarkusIntegrationTest;
import org.junit.jupiter.api.Tag;

@Tag("native")
@QuarkusIntegrationTest
class PassOverHttpIT extends PassOverHttpTest {}
