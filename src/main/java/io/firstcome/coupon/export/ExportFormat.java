package io.firstcome.coupon.export;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import jakarta.ws.rs.core.MediaType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** How the rows of an export are written. Values are numbers, texts, or null. */
enum ExportFormat {
  /** One JSON object a line; a member whose value is null is left out. */
  NDJSON(ExportFormat.NDJSON_TYPE) {
    @Override
    byte[] head(List<String> columns) {
      return new byte[0];
    }

    @Override
    byte[] page(List<String> columns, List<Object[]> rows) {
      ByteArrayOutputStream page = new ByteArrayOutputStream();
      try (JsonGenerator json = FACTORY.createGenerator(page)) {
        json.setPrettyPrinter(new MinimalPrettyPrinter(""));
        for (Object[] row : rows) {
          json.writeStartObject();
          for (int i = 0; i < row.length; i++) {
            if (row[i] instanceof Long number) {
              json.writeNumberField(columns.get(i), number);
            } else if (row[i] != null) {
              json.writeStringField(columns.get(i), row[i].toString());
            }
          }
          json.writeEndObject();
          json.writeRaw('\n');
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return page.toByteArray();
    }
  },
  /** RFC 4180, with a line of column names. */
  CSV(ExportFormat.CSV_TYPE) {
    @Override
    byte[] head(List<String> columns) {
      return (String.join(",", columns) + LINE_END).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    byte[] page(List<String> columns, List<Object[]> rows) {
      StringBuilder page = new StringBuilder();
      for (Object[] row : rows) {
        for (int i = 0; i < row.length; i++) {
          page.append(i == 0 ? "" : ",");
          if (row[i] instanceof Long) {
            page.append(row[i]);
          } else if (row[i] != null) {
            page.append(quoted(row[i].toString()));
          }
        }
        page.append(LINE_END);
      }
      return page.toString().getBytes(StandardCharsets.UTF_8);
    }
  };

  static final String NDJSON_TYPE = "application/x-ndjson";
  static final String CSV_TYPE = "text/csv";

  private static final String LINE_END = "\r\n";
  private static final JsonFactory FACTORY = new JsonFactory();

  /** A text that begins with one of these is a formula to a spreadsheet. */
  private static final String FORMULA = "=+-@\t\r";

  private final MediaType type;

  ExportFormat(String type) {
    this.type = MediaType.valueOf(type);
  }

  /** What comes before all rows. */
  abstract byte[] head(List<String> columns);

  /** Some rows, one value for each column. */
  abstract byte[] page(List<String> columns, List<Object[]> rows);

  /**
   * The one that is accepted, as JAX-RS selects it of these.
   *
   * @param accepted the preferred first
   */
  static ExportFormat of(List<MediaType> accepted) {
    for (MediaType one : accepted) {
      for (ExportFormat format : values()) {
        if (format.type.isCompatible(one)) {
          return format;
        }
      }
    }
    return NDJSON;
  }

  /**
   * A field of CSV. Users name themselves: a text that a spreadsheet would evaluate gets an
   * apostrophe in front.
   */
  static String quoted(String text) {
    String harmless = !text.isEmpty() && FORMULA.indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
    boolean isPlain = harmless.chars().noneMatch(c -> c == ',' || c == '"' || c < ' ');
    return isPlain ? harmless : '"' + harmless.replace("\"", "\"\"") + '"';
  }
}
