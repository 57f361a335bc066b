package shop;

import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** {@code GET /price/7} and {@code GET /shipping/3}. */
@WebServlet({"/price/*", "/shipping/*"})
public final class ShopServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String path = request.getPathInfo();
    if (path == null || !path.matches("/[0-9]{1,6}")) {
      response.sendError(HttpServletResponse.SC_NOT_FOUND);
      return;
    }
    int number = Integer.parseInt(path.substring(1));
    if (request.getServletPath().equals("/price")) {
      response.setHeader("X-Version-Price", Price.generation());
      answer(response, "{\"article\":" + number + ",\"cents\":" + Price.cents(number) + "}");
    } else {
      response.setHeader("X-Version-Shipping", Shipping.generation());
      answer(response, "{\"articles\":" + number + ",\"cents\":" + Shipping.cents(number) + "}");
    }
  }

  static void answer(HttpServletResponse response, String json) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    response.setContentType("application/json");
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }
}
