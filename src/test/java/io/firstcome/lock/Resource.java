package io.firstcome.lock;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.mysql.RealMySql;
import io.firstcome.redis.RealRedis;
import io.vertx.redis.client.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** What a lock guards: it checks fencing tokens in the way in which docs/locks.md tells to. */
interface Resource {

  /** Writes; returns whether the token was not too small. */
  boolean write(String content, long fence);

  String read();

  /** The one block of the document in this language. */
  private static String documented(String language) {
    try {
      String[] blocks = Files.readString(Path.of("docs/locks.md")).split("```" + language + "\n");
      assertThat(blocks).as(language).hasSize(2);
      return blocks[1].substring(0, blocks[1].indexOf("```"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Resource inMySql() {
    RealMySql mysql = RealMySql.shared();
    String id = UUID.randomUUID().toString();
    mysql.sql(
        "CREATE TABLE IF NOT EXISTS report (id VARCHAR(40) PRIMARY KEY, content TEXT NOT NULL,"
            + " fence BIGINT NOT NULL)");
    mysql.sql("INSERT INTO report VALUES (?, '', 0)", id);
    return new Resource() {
      @Override
      public boolean write(String content, long fence) {
        return mysql
                .transactions()
                .run(tx -> tx.query(documented("sql"), content, fence, id, fence).rowCount())
            == 1;
      }

      @Override
      public String read() {
        return mysql.sql("SELECT content FROM report WHERE id = ?", id).get(0).getString(0);
      }
    };
  }

  static Resource inRedis() {
    return inRedis(RealRedis.shared(), RealRedis.freshTag());
  }

  static Resource inRedis(RealRedis redis, String id) {
    String tag = "{" + id + "}";
    return new Resource() {
      @Override
      public boolean write(String content, long fence) {
        return redis
                .send(
                    Command.EVAL,
                    documented("lua"),
                    2,
                    tag + "value",
                    tag + "fence",
                    content,
                    fence)
                .toInteger()
            == 1;
      }

      @Override
      public String read() {
        return redis.send(Command.GET, tag + "value").toString();
      }
    };
  }
}
