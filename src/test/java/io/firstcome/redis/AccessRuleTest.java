package io.firstcome.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.redis.client.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The documented user of Redis may do what the code does, and nothing else. */
class AccessRuleTest {

  private static final Pattern IN_SCRIPTS = Pattern.compile("'([A-Z]{3,})'");
  private static final Pattern IN_JAVA = Pattern.compile("\\bCommand\\.([A-Z]+)\\b");

  /**
   * Who connects may always say the first two; READONLY is the name of an error, too; and without
   * CONFIG a replica only says that it cannot read what it would check.
   */
  private static final Set<String> NEED_NO_LEAVE = Set.of("hello", "auth", "readonly", "config");

  @Test
  void theRuleNamesEachCommandThatIsUsedAndNoOther() throws IOException {
    Set<String> used = new TreeSet<>();
    find(IN_SCRIPTS, Path.of("src/main/resources/lua"), used);
    find(IN_JAVA, Path.of("src/main/java"), used);
    used.retainAll(commandsOfRedis());
    used.removeAll(NEED_NO_LEAVE);

    Set<String> granted = new TreeSet<>();
    for (String word : AccessRule.documented().words()) {
      if (word.startsWith("+")) {
        granted.add(word.substring(1).replaceFirst("\\|.*", ""));
      }
    }
    assertThat(granted).as("the rule in docs/configuration.md").isEqualTo(used);
  }

  private static void find(Pattern pattern, Path folder, Set<String> found) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Matcher matcher = pattern.matcher(Files.readString(file));
        while (matcher.find()) {
          found.add(matcher.group(1).toLowerCase(Locale.ROOT));
        }
      }
    }
  }

  private static Set<String> commandsOfRedis() {
    Set<String> commands = new TreeSet<>();
    RealRedis.shared()
        .send(Command.COMMAND)
        .forEach(command -> commands.add(command.get(0).toString()));
    return commands;
  }
}
