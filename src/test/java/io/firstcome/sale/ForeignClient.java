package io.firstcome.sale;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A client that is not ours, with the settings it comes with. Of a stream of events it reads the
 * first one and hangs up.
 */
interface ForeignClient extends AutoCloseable {

  Duration TIMEOUT = Duration.ofSeconds(30);

  /** What it received; of a stream, the first event. */
  record Reply(int status, String contentType, String body) {

    boolean isStream() {
      return contentType.startsWith("text/event-stream");
    }

    JsonNode json() {
      try {
        return new ObjectMapper().readTree(body);
      } catch (JsonProcessingException e) {
        throw new AssertionError("no JSON: " + this, e);
      }
    }
  }

  /**
   * Sends a request and waits for the reply.
   *
   * @param body JSON, or empty
   */
  Reply send(String method, URI uri, Map<String, String> headers, String body)
      throws IOException, InterruptedException;

  @Override
  default void close() throws IOException {
    // Most hold nothing.
  }

  /** Where a program is, if it is installed. */
  static Optional<Path> program(String name) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** The JDK's, which asks for HTTP/2 with every request unless it is told not to. */
  static ForeignClient jdk() {
    HttpClient client = HttpClient.newHttpClient();
    return (method, uri, headers, body) -> {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(uri)
              .timeout(TIMEOUT)
              .method(
                  method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
      headers.forEach(request::header);
      HttpResponse<InputStream> response =
          client.send(request.build(), BodyHandlers.ofInputStream());
      String contentType = response.headers().firstValue("Content-Type").orElse("");
      try (InputStream in = response.body()) {
        return read(response.statusCode(), contentType, in);
      }
    };
  }

  /**
   * curl.
   *
   * @param options as {@code --http2}
   */
  static ForeignClient curl(String... options) {
    return (method, uri, headers, body) -> {
      List<String> command = new ArrayList<>(List.of("curl", "--silent", "--no-buffer"));
      command.addAll(List.of("--show-error", "--include", "--globoff", "--path-as-is"));
      command.addAll(List.of("--max-time", String.valueOf(TIMEOUT.toSeconds())));
      command.addAll(List.of(options));
      command.addAll(List.of("--request", method));
      headers.forEach((name, value) -> command.addAll(List.of("--header", name + ": " + value)));
      if (!body.isEmpty()) {
        command.addAll(List.of("--data-binary", body));
      }
      command.add(uri.toString());
      Process curl = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (InputStream in = curl.getInputStream()) {
        String head = line(in);
        // What was said on the way to another protocol.
        while (head.matches("HTTP/\\S+ 1\\d\\d.*")) {
          while (!line(in).isEmpty()) {
            // Its headers.
          }
          head = line(in);
        }
        if (!head.startsWith("HTTP/")) {
          throw new IOException(head + new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
        int status = Integer.parseInt(head.split(" ")[1]);
        String contentType = "";
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
          if (header.toLowerCase(Locale.ROOT).startsWith("content-type:")) {
            contentType = header.substring(header.indexOf(':') + 1).strip();
          }
        }
        return read(status, contentType, in);
      } finally {
        curl.destroyForcibly();
      }
    };
  }

  /** Node's {@code fetch}, in one process that keeps its connections. */
  static ForeignClient node() throws IOException {
    String script =
        """
        const lines = require('readline').createInterface({ input: process.stdin });
        (async () => {
          for await (const line of lines) {
            const { method, url, headers, body } = JSON.parse(line);
            let reply;
            try {
              const response = await fetch(url, { method, headers, body: body || undefined });
              const contentType = response.headers.get('content-type') || '';
              let text = '';
              if (contentType.startsWith('text/event-stream')) {
                const reader = response.body.getReader();
                while (!text.includes('\\n\\n')) {
                  const { value, done } = await reader.read();
                  if (done) break;
                  text += Buffer.from(value).toString();
                }
                await reader.cancel();
              } else {
                text = await response.text();
              }
              reply = { status: response.status, contentType, body: text };
            } catch (e) {
              reply = { status: 0, contentType: '', body: String(e.cause || e) };
            }
            console.log(JSON.stringify(reply));
          }
        })();
        """;
    Process node =
        new ProcessBuilder("node", "--eval", script)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader replies = node.inputReader(StandardCharsets.UTF_8);
    ObjectMapper json = new ObjectMapper();
    return new ForeignClient() {
      @Override
      public Reply send(String method, URI uri, Map<String, String> headers, String body)
          throws IOException {
        Map<String, Object> request =
            Map.of("method", method, "url", uri.toString(), "headers", headers, "body", body);
        node.outputWriter().write(json.writeValueAsString(request) + "\n");
        node.outputWriter().flush();
        String reply = replies.readLine();
        if (reply == null) {
          throw new IOException("node has ended");
        }
        return json.readValue(reply, Reply.class);
      }

      @Override
      public void close() throws IOException {
        node.outputWriter().close();
        node.destroy();
      }
    };
  }

  private static Reply read(int status, String contentType, InputStream in) throws IOException {
    if (!contentType.startsWith("text/event-stream")) {
      return new Reply(status, contentType, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
    String event =
        Stream.generate(() -> uncheckedLine(in))
            .takeWhile(line -> !line.isEmpty())
            .collect(Collectors.joining("\n"));
    return new Reply(status, contentType, event);
  }

  private static String uncheckedLine(InputStream in) {
    try {
      return line(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Without its end; the stream is read no further. */
  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n' && next >= 0; next = in.read()) {
      line.append((char) next);
    }
    return line.toString().stripTrailing();
  }
}
