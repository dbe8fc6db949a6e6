// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A layout in columns: each shape stands to the right of all that lead to it.
#include "seen/svg.hpp"

#include "plan/diagram.hpp"
#include "seen/markup.hpp"
#include "seen/table.hpp"
#include "seen/width.hpp"

#include <runnel/report.hpp>

#include <algorithm>
#include <numeric>
#include <vector>

namespace runnel::inline v0 {

// The dark ones are used where the reader has asked for a dark page.
std::string_view const colours = R"(
.runnel { --paper: #ffffff; --ink: #1f2430; --faint: #6b7280; --line: #c3c9d4;
  --box: #eef2f8; --file: #faf6ea; --code: #efeafb; --run: #3b6fd4; --cpu: #1d438f;
  --start: #e0a43a; --wait: #c9d3e6; --good: #2e8b57; --bad: #c9372c; }
@media (prefers-color-scheme: dark) { .runnel { --paper: #14171d; --ink: #e4e7ee;
  --faint: #99a2b3; --line: #414a5b; --box: #222a37; --file: #2c291f;
  --code: #2a2540; --run: #5f8fee; --cpu: #a9c4ff; --start: #e0a43a;
  --wait: #333e52; --good: #58c08a; --bad: #f0756a; } }
)";

namespace {

using Form = Diagram::Form;

constexpr std::string_view graph_style = R"(
svg.runnel text { font: 13px ui-monospace, "DejaVu Sans Mono", monospace;
  fill: var(--ink); dominant-baseline: central; text-anchor: middle; }
svg.runnel text.label { font-size: 11px; fill: var(--faint); }
svg.runnel .shape { fill: var(--box); stroke: var(--line); stroke-width: 1.25; }
svg.runnel .code { fill: var(--code); stroke-dasharray: 4 3; }
svg.runnel .file { fill: var(--file); }
svg.runnel .good { stroke: var(--good); stroke-width: 1.75; }
svg.runnel .bad { stroke: var(--bad); stroke-width: 2.25; }
svg.runnel .arrow { fill: none; stroke: var(--faint); stroke-width: 1.5; }
svg.runnel .order { stroke-dasharray: 5 4; }
svg.runnel .head { fill: var(--faint); stroke: none; }
)";

constexpr double letter = 7.85;
constexpr double high = 34;
constexpr double between_rows = 20;
constexpr double between_columns = 58;
constexpr double margin = 12;
constexpr std::size_t longest_label = 44;

struct Box {
    double x = 0;
    double y = 0;
    double width = 0;
    std::size_t column = 0;
    std::string text{}; ///< what fits

    double right() const noexcept { return x + width; }
    double middle() const noexcept { return y + high / 2; }
};

class Layout {
public:
    explicit Layout(Diagram const& diagram)
        : diagram_(diagram), boxes_(diagram.shapes.size())
    {
        for (std::size_t i = 0; i < boxes_.size(); ++i)
            measure(boxes_[i], diagram.shapes[i]);
        find_columns();
        place();
    }

    std::vector<Box> const& boxes() const noexcept { return boxes_; }
    double width() const noexcept { return width_ + margin; }
    double height() const noexcept { return height_ + 2 * margin; }

private:
    static void measure(Box& box, Diagram::Shape const& shape)
    {
        box.text = fitted(shape.label, longest_label);
        box.width =
            static_cast<double>(width_of(box.text)) * letter + 2 * margin;
        if (shape.form != Form::command)
            box.width += margin; // slanted or round ends
    }

    // Arrows never lead in a circle, so that as many rounds as there are shapes
    // are enough.
    void find_columns()
    {
        for (std::size_t round = 0; round < boxes_.size(); ++round)
            for (auto const& arrow : diagram_.arrows)
                boxes_[arrow.to].column = std::max(
                    boxes_[arrow.to].column, boxes_[arrow.from].column + 1);
        pull_sources();
    }

    // What nothing leads to stands just in front of what it leads to.
    void pull_sources()
    {
        for (std::size_t i = 0; i < boxes_.size(); ++i) {
            auto nearest = boxes_.size();
            for (auto const& arrow : diagram_.arrows) {
                if (arrow.to == i)
                    nearest = 0;
                if (arrow.from == i)
                    nearest = std::min(nearest, boxes_[arrow.to].column);
            }
            if (nearest > 0 && nearest < boxes_.size())
                boxes_[i].column = nearest - 1;
        }
    }

    std::vector<std::vector<std::size_t>> columns() const
    {
        std::vector<std::vector<std::size_t>> all;
        for (std::size_t i = 0; i < boxes_.size(); ++i) {
            all.resize(std::max(all.size(), boxes_[i].column + 1));
            all[boxes_[i].column].push_back(i);
        }
        return all;
    }

    // In a column, shapes stand in the order of those in front of them.
    void place()
    {
        auto all = columns();
        for (auto const& column : all)
            height_ = std::max(height_, height_of(column.size()));
        width_ = margin;
        for (auto& column : all) {
            std::ranges::stable_sort(column, {}, [this](std::size_t shape) {
                return wanted_height(shape);
            });
            width_ = place(column, width_) + between_columns;
        }
        width_ -= between_columns;
    }

    double place(std::vector<std::size_t> const& column, double x)
    {
        auto y = margin + (height_ - height_of(column.size())) / 2;
        auto right = x;
        for (auto const shape : column) {
            boxes_[shape].x = x;
            boxes_[shape].y = y;
            right = std::max(right, boxes_[shape].right());
            y += high + between_rows;
        }
        return right;
    }

    static double height_of(std::size_t shapes)
    {
        auto const count = static_cast<double>(shapes);
        return count * high + (count - 1) * between_rows;
    }

    double wanted_height(std::size_t shape) const
    {
        double sum = 0;
        double count = 0;
        for (auto const& arrow : diagram_.arrows)
            if (arrow.to == shape) {
                sum += boxes_[arrow.from].y;
                ++count;
            }
        return count > 0 ? sum / count : 0;
    }

    Diagram const& diagram_;
    std::vector<Box> boxes_;
    double width_ = 0;
    double height_ = 0;
};

std::string attribute(std::string_view name, double number)
{
    return ' ' + std::string(name) + "=\"" + coordinate(number) + '"';
}

std::string points(std::initializer_list<std::pair<double, double>> all)
{
    std::string text;
    for (auto const& [x, y] : all)
        text += coordinate(x) + ',' + coordinate(y) + ' ';
    return "<polygon points=\"" + text + "\"";
}

std::string outline(Box const& box, Form form)
{
    auto const middle = box.middle();
    auto const left = box.x;
    auto const right = box.right();
    auto const bottom = box.y + high;
    if (form == Form::code)
        return points({{left, middle},
                       {left + margin, box.y},
                       {right - margin, box.y},
                       {right, middle},
                       {right - margin, bottom},
                       {left + margin, bottom}});
    if (form == Form::tee)
        return points({{left, middle},
                       {(left + right) / 2, box.y},
                       {right, middle},
                       {(left + right) / 2, bottom}});
    return "<rect" + attribute("x", left) + attribute("y", box.y)
         + attribute("width", box.width) + attribute("height", high)
         + attribute("rx", form == Form::file ? high / 2 : 5);
}

std::string_view class_of(Form form)
{
    switch (form) {
    case Form::code: return "shape code";
    case Form::file: return "shape file";
    default: return "shape";
    }
}

std::string svg_text(double x, double y, std::string_view text,
                     std::string_view kind)
{
    return "<text class=\"" + std::string(kind) + '"' + attribute("x", x)
         + attribute("y", y) + '>' + markup(text) + "</text>\n";
}

std::string drawn(Box const& box, Diagram::Shape const& shape,
                  std::string const& how_ended)
{
    return "<g><title>" + markup(shape.label) + "</title>"
         + outline(box, shape.form) + " class=\""
         + std::string(class_of(shape.form)) + how_ended + "\"/>"
         + svg_text(box.x + box.width / 2, box.middle(), box.text, "name")
         + "</g>\n";
}

std::string drawn(Box const& from, Box const& to, Diagram::Arrow const& arrow)
{
    constexpr double head = 7;
    auto const x1 = from.right();
    auto const y1 = from.middle();
    auto const x2 = to.x - head;
    auto const y2 = to.middle();
    auto const bend = std::max((x2 - x1) / 2, 20.0);
    auto text = "<path class=\"arrow"
              + std::string(arrow.is_order ? " order" : "") + "\" d=\"M"
              + coordinate(x1) + ' ' + coordinate(y1) + " C"
              + coordinate(x1 + bend) + ' ' + coordinate(y1) + ' '
              + coordinate(x2 - bend) + ' ' + coordinate(y2) + ' '
              + coordinate(x2) + ' ' + coordinate(y2) + "\"/>"
              + points({{to.x, y2}, {x2 - 1, y2 - 4.5}, {x2 - 1, y2 + 4.5}})
              + " class=\"head\"/>\n";
    if (!arrow.label.empty())
        text +=
            svg_text((x1 + x2) / 2, (y1 + y2) / 2 - 9, arrow.label, "label");
    return text;
}

/// One copy of a command may stand in several places of a plan: the first shape is
/// the first of its stages.
class Endings {
public:
    Endings(Plan const& plan, CompletedProcess const* result)
        : plan_(plan), result_(result), is_used_(plan.stages.size())
    {
    }

    std::string of(Diagram::Shape const& shape)
    {
        if (result_ == nullptr || shape.stage == nullptr)
            return {};
        for (std::size_t i = 0; i < is_used_.size(); ++i)
            if (!is_used_[i] && plan_.stages[i].get() == shape.stage) {
                is_used_[i] = true;
                return ending(i);
            }
        return {};
    }

private:
    std::string ending(std::size_t stage) const
    {
        if (stage >= result_->stages.size())
            return {};
        auto const& of = result_->stages[stage];
        if (of.failed)
            return " bad";
        return of.was_started() ? " good" : "";
    }

    Plan const& plan_;
    CompletedProcess const* result_;
    std::vector<bool> is_used_;
};

} // namespace

std::string svg_of(Plan const& plan, CompletedProcess const* result)
{
    auto const diagram = diagram_of(plan);
    Layout const layout(diagram);
    Endings endings(plan, result);
    auto const width = coordinate(layout.width());
    auto const height = coordinate(layout.height());
    std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\""
                      " class=\"runnel\" role=\"img\" viewBox=\"0 0 "
                    + width + ' ' + height + "\" width=\"" + width
                    + "\" height=\"" + height + "\">\n<style>"
                    + std::string(colours) + std::string(graph_style)
                    + "</style>\n";
    for (auto const& arrow : diagram.arrows)
        svg +=
            drawn(layout.boxes()[arrow.from], layout.boxes()[arrow.to], arrow);
    for (std::size_t i = 0; i < diagram.shapes.size(); ++i)
        svg += drawn(layout.boxes()[i], diagram.shapes[i],
                     endings.of(diagram.shapes[i]));
    return svg + "</svg>\n";
}

std::string to_svg(Plan const& plan)
{
    return svg_of(plan, nullptr);
}

} // namespace runnel::inline v0
