// A web server of a few lines on the loopback interface, with the faults that real ones have.
//
//   HttpServer server({{"/a.gz", {.body = "abc"}}, {"/b.gz", {.body = "abc", .cut = 2}}});
//   download({server.url() + "/a.gz"}, ...);
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace ramie::testing {

struct Response {
  std::string body = {};
  int status = 200;
  std::size_t cut = 0;        // bytes left out at the end, though the header promises them
  bool silent = false;        // accepts the connection and never answers
  std::string location = {};  // for redirects
  bool without_length = false;
};

class HttpServer {
 public:
  explicit HttpServer(std::map<std::string, Response> responses) : responses_(std::move(responses)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 16) != 0)
      throw std::runtime_error("no loopback server");
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer() {
    stopping_ = true;
    thread_.join();
    for (const int socket : silent_) close(socket);
    close(listener_);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    while (!stopping_) {
      pollfd ready{listener_, POLLIN, 0};
      if (poll(&ready, 1, 20) > 0) answer(accept(listener_, nullptr, nullptr));
    }
  }

  void answer(int socket) {
    const std::string path = read_path(socket);
    const auto found = responses_.find(path);
    const Response response =
        found == responses_.end() ? Response{.body = "not here", .status = 404} : found->second;
    if (response.silent) return silent_.push_back(socket);
    const std::string bytes = header(response) + response.body.substr(0, response.body.size() - response.cut);
    for (std::size_t at = 0; at < bytes.size();) {
      const auto sent = send(socket, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) break;
      at += static_cast<std::size_t>(sent);
    }
    close(socket);
  }

  std::string read_path(int socket) {
    std::string request;
    char buffer[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const auto got = recv(socket, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      request.append(buffer, static_cast<std::size_t>(got));
    }
    const std::size_t from = request.find(' ') + 1;
    const std::string path = request.substr(from, request.find(' ', from) - from);
    const std::lock_guard lock(mutex_);
    requests_.push_back(path);
    return path;
  }

  static std::string header(const Response& response) {
    std::string text = "HTTP/1.1 " + std::to_string(response.status) + " Status\r\nConnection: close\r\n";
    if (!response.location.empty()) text += "Location: " + response.location + "\r\n";
    if (!response.without_length) text += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
    return text + "\r\n";
  }

  std::map<std::string, Response> responses_;
  std::vector<std::string> requests_;
  std::vector<int> silent_;
  mutable std::mutex mutex_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace ramie::testing
