// The map beside a place: pressing it sets the point. The list and the words say the same without it.
(function () {
  "use strict";
  var MARGIN = 4;

  function make(tag, parent, text) {
    var node = document.createElement(tag);
    if (text) node.textContent = text;
    if (parent) parent.appendChild(node);
    return node;
  }

  function begin(field) {
    var zone = field.querySelector("[data-place-map]");
    if (!zone || zone.firstChild) return;
    var lat = field.querySelector("[data-lat]"), lon = field.querySelector("[data-lon]");
    var bounds = field.dataset.bounds.split(" ").map(Number); // west, north, units a degree east, units a degree south
    var width = Number(field.dataset.width), height = Number(field.dataset.height);
    var ns = "http://www.w3.org/2000/svg";

    make("p", zone, field.dataset.press).className = "hint";
    var frame = make("div", zone);
    frame.className = "place-map";
    var svg = document.createElementNS(ns, "svg");
    svg.setAttribute("viewBox", "0 0 " + width + " " + height);
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("class", "spot");
    var image = document.createElementNS(ns, "image");
    image.setAttribute("href", field.dataset.map);
    image.setAttribute("width", width);
    image.setAttribute("height", height);
    svg.appendChild(image);
    var dot = document.createElementNS(ns, "circle");
    dot.setAttribute("r", "7");
    svg.appendChild(dot);
    frame.appendChild(svg);
    var actions = make("div", zone);
    actions.className = "actions";
    var zoom = make("button", actions, field.dataset.larger);
    zoom.type = "button";
    zoom.className = "quiet";
    var told = make("p", zone);
    told.setAttribute("role", "status");

    function draw() {
      dot.style.display = lat.value && lon.value ? "" : "none";
      if (!lat.value || !lon.value) return;
      dot.setAttribute("cx", (Number(lon.value) - bounds[0]) * bounds[2] + MARGIN);
      dot.setAttribute("cy", (bounds[1] - Number(lat.value)) * bounds[3] + MARGIN);
    }

    function put(newLat, newLon) {
      lat.value = newLat.toFixed(5);
      lon.value = newLon.toFixed(5);
      // The server tells the commune of the point: what was chosen before would contradict it.
      field.querySelector("select[name$='.commune']").value = "";
      var known = field.querySelector("select[name$='.place']");
      if (known) known.value = "";
      draw();
      told.textContent = field.dataset.placed;
      lat.dispatchEvent(new Event("change", { bubbles: true }));
    }

    svg.addEventListener("click", function (event) {
      var box = svg.getBoundingClientRect(), by = width / box.width;
      var x = (event.clientX - box.left) * by, y = (event.clientY - box.top) * by;
      put(bounds[1] - (y - MARGIN) / bounds[3], bounds[0] + (x - MARGIN) / bounds[2]);
    });
    zoom.addEventListener("click", function () {
      var large = frame.classList.toggle("large");
      zoom.textContent = large ? field.dataset.smaller : field.dataset.larger;
      if (!large || !lat.value) return;
      frame.scrollLeft = dot.getAttribute("cx") * svg.clientWidth / width - frame.clientWidth / 2;
      frame.scrollTop = dot.getAttribute("cy") * svg.clientWidth / width - frame.clientHeight / 2;
    });
    if (window.isSecureContext && navigator.geolocation) {
      var here = make("button", actions, field.dataset.here);
      here.type = "button";
      here.className = "quiet";
      here.addEventListener("click", function () {
        navigator.geolocation.getCurrentPosition(
          function (found) { put(found.coords.latitude, found.coords.longitude); },
          function () { told.textContent = field.dataset.nowhere; },
          { enableHighAccuracy: true, timeout: 15000 }
        );
      });
    }
    draw();
  }

  function all() { Array.prototype.forEach.call(document.querySelectorAll("fieldset.place"), begin); }
  all();
  var zone = document.querySelector("[data-fields]");
  if (zone && window.MutationObserver) new MutationObserver(all).observe(zone, { childList: true }); // drawn again
})();
