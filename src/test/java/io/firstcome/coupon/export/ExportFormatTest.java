package io.firstcome.coupon.export;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.ws.rs.core.MediaType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExportFormatTest {

  @ParameterizedTest
  @ValueSource(strings = {"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "=HYPERLINK(\"x\",\"y\")"})
  void noTextOfAUserIsAFormula(String text) {
    assertThat(ExportFormat.quoted(text).replace("\"", "")).startsWith("'");
  }

  @Test
  void aFieldIsQuotedWhereItHasTo() {
    assertThat(ExportFormat.quoted("alice")).isEqualTo("alice");
    assertThat(ExportFormat.quoted("a,b")).isEqualTo("\"a,b\"");
    assertThat(ExportFormat.quoted("a\"b\nc")).isEqualTo("\"a\"\"b\nc\"");
  }

  @Test
  void rowsAreLines() {
    List<String> columns = List.of("n", "text", "none");
    List<Object[]> rows = List.of(new Object[] {1L, "a\"", null}, new Object[] {2L, "-2", null});
    assertThat(text(ExportFormat.CSV.page(columns, rows))).isEqualTo("1,\"a\"\"\",\r\n2,'-2,\r\n");
    assertThat(text(ExportFormat.CSV.head(columns))).isEqualTo("n,text,none\r\n");
    assertThat(text(ExportFormat.NDJSON.page(columns, rows)))
        .isEqualTo("{\"n\":1,\"text\":\"a\\\"\"}\n{\"n\":2,\"text\":\"-2\"}\n");
    assertThat(text(ExportFormat.NDJSON.head(columns))).isEmpty();
  }

  @Test
  void theAcceptedTypeSelectsTheFormat() {
    MediaType csv = MediaType.valueOf("text/csv");
    assertThat(ExportFormat.of(List.of(csv))).isEqualTo(ExportFormat.CSV);
    assertThat(ExportFormat.of(List.of(MediaType.WILDCARD_TYPE))).isEqualTo(ExportFormat.NDJSON);
    assertThat(ExportFormat.of(List.of(csv, MediaType.WILDCARD_TYPE))).isEqualTo(ExportFormat.CSV);
  }

  private static String text(byte[] page) {
    return new String(page, StandardCharsets.UTF_8);
  }
}
