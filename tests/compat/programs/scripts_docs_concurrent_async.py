import asyncio

from prefect import flow, task


@task
async def get_weather(city):
    await asyncio.sleep(0.01)
    return f"Sunny in {city}"


@task
def format_weather(weather):
    return weather.upper()


@flow
async def weather_flow(cities):
    weather = await asyncio.gather(*[get_weather(city) for city in cities])
    return [format_weather(each) for each in weather]


@flow
async def all_flows():
    return await asyncio.gather(weather_flow(["a", "b"]), weather_flow(["c"]))


print(asyncio.run(all_flows()))
