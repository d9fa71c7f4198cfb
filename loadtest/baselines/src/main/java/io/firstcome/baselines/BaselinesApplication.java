package io.firstcome.baselines;

import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.servlet.context.ServletWebServerInitializedEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;

/** What a team would write instead of Firstcome: one route a way, on virtual threads. */
@SpringBootApplication
public class BaselinesApplication {
  private static final Logger LOG = LoggerFactory.getLogger(BaselinesApplication.class);

  public static void main(String[] args) {
    SpringApplication.run(BaselinesApplication.class, args);
  }

  /** The defaults of Redisson (64 connections), which is more than a lock lets through. */
  @Bean(destroyMethod = "shutdown")
  RedissonClient redisson(@Value("${spring.data.redis.port}") int port) {
    Config config = new Config();
    config.useSingleServer().setAddress("redis://127.0.0.1:" + port);
    return Redisson.create(config);
  }

  @EventListener
  void listening(ServletWebServerInitializedEvent event) {
    LOG.info("Listening on: http://127.0.0.1:{}", event.getWebServer().getPort());
  }
}
