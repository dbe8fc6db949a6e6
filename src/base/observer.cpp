#include <runnel/observer.hpp>

#include "base/observe.hpp"

#include <atomic>

namespace runnel::inline v0 {

namespace {
std::atomic<Observer*> default_one{nullptr};
}

Observer::~Observer() = default;

Observer* set_default_observer(Observer* observer) noexcept
{
    return default_one.exchange(observer);
}

Observer* observer_or_default(Observer* observer) noexcept
{
    return observer != nullptr ? observer
                               : default_one.load(std::memory_order_acquire);
}

} // namespace runnel::inline v0
