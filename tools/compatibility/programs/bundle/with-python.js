import "@seamless/python/register";
import "./app.js";
